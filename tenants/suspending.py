"""Stopping a tenant's site for a while, letting it go on, and closing it for good."""

from datetime import datetime

from django.db import transaction

from lifecycle.actors import Actor
from tenants.models import StaffActKind, Tenant, TenantState
from tenants.staff_acts import record


@transaction.atomic
def suspend(tenant: Tenant, *, reason: str, actor: Actor, at: datetime) -> None:
    """Stop the site, which gives `reason` to whoever comes. Raises Overtaken."""
    tenant.move_to(TenantState.SUSPENDED, at=at, suspended_because=reason)
    _record(StaffActKind.TENANT_SUSPENDED, tenant, reason=reason, actor=actor, at=at)


@transaction.atomic
def resume(tenant: Tenant, *, reason: str, actor: Actor, at: datetime) -> None:
    """Raises Overtaken."""
    tenant.move_to(TenantState.READY, at=at, suspended_because="")
    _record(StaffActKind.TENANT_RESUMED, tenant, reason=reason, actor=actor, at=at)


@transaction.atomic
def close(tenant: Tenant, *, reason: str, actor: Actor, at: datetime) -> None:
    """End the site for good. Its schema, and whatever must be kept, stays. Raises Overtaken."""
    tenant.move_to(TenantState.CLOSED, at=at)
    _record(StaffActKind.TENANT_CLOSED, tenant, reason=reason, actor=actor, at=at)


def _record(kind: StaffActKind, tenant: Tenant, *, reason: str, actor: Actor, at: datetime) -> None:
    record(
        kind,
        subject=tenant.reference,
        subject_name=tenant.name,
        reason=reason,
        actor=actor,
        at=at,
    )
