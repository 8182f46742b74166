"""Who belongs to a tenant: inviting, roles, and letting go. The tenant's schema is selected."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from lifecycle.actors import Actor, done_by
from notices.mailing import queue_mail
from people.models import Member, MemberAct, MemberActKind, MemberRole
from tenants.links import tenant_url
from tenants.models import Tenant
from users.links import set_password_path
from users.models import User
from users.second_factor import remove_second_factor


class AlreadyMember(Exception):
    """Somebody with this address has a place here already."""


class LastAdmin(Exception):
    """Without this admin nobody could run the tenant. Make somebody else admin first."""


class NotOurs(Exception):
    """The second factor of an admin is reset by the platform, not by another admin."""


@transaction.atomic
def invite(
    tenant: Tenant, *, email: str, name: str, role: str, actor: Actor, at: datetime
) -> Member:
    """Give a new person a place, and mail them a link to set a password.

    Somebody who had left comes back. Raises AlreadyMember.
    """
    user, _ = User.objects.get_or_create(
        email=email.lower(), defaults={"name": name, "password": make_password(None)}
    )
    member, is_new = Member.objects.select_for_update().get_or_create(
        user=user, defaults={"role": role, "joined_at": at}
    )
    if not is_new:
        if not member.deactivated_at:
            raise AlreadyMember
        member.role, member.deactivated_at = role, None
        member.save(update_fields=["role", "deactivated_at"])
    kind = MemberActKind.INVITED if is_new else MemberActKind.REACTIVATED
    _record(kind, member, actor=actor, at=at)
    queue_mail(
        key=f"member:{member.reference}:invited:{at.isoformat()}",
        tenant=tenant.reference,
        to=user.email,
        subject=f"{actor.name} invites you to {tenant.name}",
        template="people/mail/invited.txt",
        context={
            "tenant": tenant,
            "member": member,
            "actor": actor,
            "url": tenant_url(tenant, set_password_path(user)),
        },
        at=at,
    )
    return member


@transaction.atomic
def change_role(member: Member, role: str, *, actor: Actor, at: datetime) -> None:
    """Raises LastAdmin."""
    if member.role == role:
        return
    if member.role == MemberRole.ADMIN:
        _keep_an_admin(member)
    member.role = role
    member.save(update_fields=["role"])
    _record(MemberActKind.ROLE_CHANGED, member, actor=actor, at=at)


@transaction.atomic
def deactivate(member: Member, *, actor: Actor, at: datetime) -> None:
    """Take the place away; open sessions end with their next request. Raises LastAdmin."""
    if member.deactivated_at:
        return
    if member.role == MemberRole.ADMIN:
        _keep_an_admin(member)
    member.deactivated_at = at
    member.save(update_fields=["deactivated_at"])
    _record(MemberActKind.DEACTIVATED, member, actor=actor, at=at)


@transaction.atomic
def reset_second_factor(tenant: Tenant, member: Member, *, actor: Actor, at: datetime) -> None:
    """Let a member who lost it sign in by password alone, and mail them about it.

    Raises NotOurs for an admin.
    """
    if member.role == MemberRole.ADMIN:
        raise NotOurs
    drop_second_factor(tenant, member, actor=actor, at=at)


def drop_second_factor(tenant: Tenant, member: Member, *, actor: Actor, at: datetime) -> None:
    """Do it for anybody; who may ask for it is settled. Call in a transaction."""
    remove_second_factor(member.user)
    _record(MemberActKind.FACTOR_RESET, member, actor=actor, at=at)
    queue_mail(
        key=f"member:{member.reference}:factor-reset:{at.isoformat()}",
        tenant=tenant.reference,
        to=member.user.email,
        subject=f"Your second factor for {tenant.name} was reset",
        template="people/mail/factor_reset.txt",
        context={
            "site": tenant.name,
            "actor": actor,
            "url": tenant_url(tenant, "/account/second-factor/"),
        },
        at=at,
    )


def _keep_an_admin(leaving: Member) -> None:
    """Lock all admins, so that two cannot leave at once, and see that one stays."""
    admins = Member.objects.filter(role=MemberRole.ADMIN, deactivated_at=None).order_by("id")
    if {admin.pk for admin in admins.select_for_update()} <= {leaving.pk}:
        raise LastAdmin


def _record(kind: MemberActKind, member: Member, *, actor: Actor, at: datetime) -> None:
    MemberAct.objects.create(
        kind=kind,
        subject=member.reference,
        subject_name=member.user.get_full_name(),
        role=member.role,
        at=at,
        **done_by(actor),
    )
