"""Who works for the platform: inviting, roles, and letting go. The public schema is selected."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from lifecycle.actors import Actor
from notices.mailing import queue_mail
from tenants.links import platform_url
from tenants.models import Staff, StaffActKind, StaffRole
from tenants.staff_acts import record
from users.links import set_password_path
from users.models import User
from users.second_factor import remove_second_factor


class AlreadyStaff(Exception):
    """Somebody with this address works here already."""


class LastOperator(Exception):
    """Without this operator nobody could run the platform. Make somebody else one first."""


@transaction.atomic
def add_staff(*, email: str, name: str, role: str, actor: Actor, at: datetime) -> Staff:
    """Give a new person a place; somebody who had left comes back. Raises AlreadyStaff."""
    user, _ = User.objects.get_or_create(
        email=email.lower(), defaults={"name": name, "password": make_password(None)}
    )
    staff, is_new = Staff.objects.select_for_update().get_or_create(
        user=user, defaults={"role": role, "invited_at": at}
    )
    if not is_new:
        if not staff.deactivated_at:
            raise AlreadyStaff
        staff.role, staff.deactivated_at = role, None
        staff.save(update_fields=["role", "deactivated_at"])
    kind = StaffActKind.STAFF_INVITED if is_new else StaffActKind.STAFF_REACTIVATED
    _record(kind, staff, reason=staff.get_role_display(), actor=actor, at=at)
    return staff


@transaction.atomic
def invite(*, email: str, name: str, role: str, actor: Actor, at: datetime) -> Staff:
    """Add somebody, and mail them a link to set a password. Raises AlreadyStaff."""
    staff = add_staff(email=email, name=name, role=role, actor=actor, at=at)
    queue_mail(
        key=f"staff:{staff.reference}:invited:{at.isoformat()}",
        tenant=None,
        to=staff.user.email,
        subject=f"{actor.name} invites you to work on Numberyard",
        template="tenants/mail/staff_invited.txt",
        context={"staff": staff, "actor": actor, "url": first_link(staff)},
        at=at,
    )
    return staff


def first_link(staff: Staff) -> str:
    """Return the link, good once, where `staff` sets a password; the second factor comes next."""
    return platform_url(set_password_path(staff.user))


@transaction.atomic
def change_role(staff: Staff, role: str, *, actor: Actor, at: datetime) -> None:
    """Raises LastOperator."""
    if staff.role == role:
        return
    if staff.role == StaffRole.OPERATOR:
        _keep_an_operator(staff)
    staff.role = role
    staff.save(update_fields=["role"])
    _record(
        StaffActKind.STAFF_ROLE_CHANGED, staff, reason=staff.get_role_display(), actor=actor, at=at
    )


@transaction.atomic
def deactivate(staff: Staff, *, actor: Actor, at: datetime) -> None:
    """Take the place away; open sessions end with their next request. Raises LastOperator."""
    if staff.deactivated_at:
        return
    if staff.role == StaffRole.OPERATOR:
        _keep_an_operator(staff)
    staff.deactivated_at = at
    staff.save(update_fields=["deactivated_at"])
    _record(StaffActKind.STAFF_DEACTIVATED, staff, actor=actor, at=at)


@transaction.atomic
def reset_second_factor(staff: Staff, *, actor: Actor, at: datetime) -> None:
    """Let one who lost it set up a new one after the next sign-in, and mail them about it."""
    remove_second_factor(staff.user)
    _record(StaffActKind.STAFF_FACTOR_RESET, staff, actor=actor, at=at)
    queue_mail(
        key=f"staff:{staff.reference}:factor-reset:{at.isoformat()}",
        tenant=None,
        to=staff.user.email,
        subject="Your second factor for Numberyard was reset",
        template="tenants/mail/staff_factor_reset.txt",
        context={"actor": actor, "url": platform_url("/")},
        at=at,
    )


def _keep_an_operator(leaving: Staff) -> None:
    """Lock all operators, so that two cannot leave at once, and see that one stays."""
    operators = Staff.objects.filter(role=StaffRole.OPERATOR, deactivated_at=None).order_by("id")
    if {operator.pk for operator in operators.select_for_update()} <= {leaving.pk}:
        raise LastOperator


def _record(
    kind: StaffActKind, staff: Staff, *, reason: str = "", actor: Actor, at: datetime
) -> None:
    record(
        kind,
        subject=staff.reference,
        subject_name=staff.user.get_full_name(),
        reason=reason,
        actor=actor,
        at=at,
    )
