"""Groups of tenants, which may have price lists of their own, and who is in which."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from lifecycle.actors import Actor
from tenants.models import StaffActKind, Tenant, TenantGroup
from tenants.staff_acts import record


class GroupExists(Exception):
    """Another group is called so. The message is for people."""


class GroupInUse(Exception):
    """Tenants are in the group, or it has price lists. The message is for people."""


@transaction.atomic
def add_group(name: str, *, actor: Actor, at: datetime) -> TenantGroup:
    """Raises GroupExists."""
    try:
        with transaction.atomic():
            group = TenantGroup.objects.create(name=name)
    except IntegrityError:
        raise GroupExists(f"There is a group {name} already.") from None
    _record(StaffActKind.GROUP_ADDED, group, actor=actor, at=at)
    return group


@transaction.atomic
def rename_group(group: TenantGroup, name: str, *, actor: Actor, at: datetime) -> None:
    """Raises GroupExists."""
    before, group.name = group.name, name
    try:
        with transaction.atomic():
            group.save(update_fields=["name"])
    except IntegrityError:
        group.name = before
        raise GroupExists(f"There is a group {name} already.") from None
    _record(StaffActKind.GROUP_RENAMED, group, reason=f"was {before}", actor=actor, at=at)


@transaction.atomic
def remove_group(group: TenantGroup, *, actor: Actor, at: datetime) -> None:
    """Raises GroupInUse."""
    _record(StaffActKind.GROUP_REMOVED, group, actor=actor, at=at)
    try:
        group.delete()
    except ProtectedError:
        raise GroupInUse(
            f"{group} has tenants or price lists. Put its tenants into another group, and remove "
            "its lists, first."
        ) from None


@transaction.atomic
def change_group(tenant: Tenant, group: TenantGroup | None, *, actor: Actor, at: datetime) -> None:
    """Put the tenant into `group`, or into none. It pays that group's prices from now on."""
    Tenant.objects.filter(pk=tenant.pk).update(group=group)
    record(
        StaffActKind.TENANT_GROUP_CHANGED,
        subject=tenant.reference,
        subject_name=tenant.name,
        reason=str(group) if group else "No group",
        actor=actor,
        at=at,
    )


def _record(
    kind: StaffActKind, group: TenantGroup, *, reason: str = "", actor: Actor, at: datetime
) -> None:
    record(
        kind,
        subject=group.reference,
        subject_name=group.name,
        reason=reason,
        actor=actor,
        at=at,
    )
