"""Working in a tenant's schema from outside its site: the only way in."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django.db import connection
from django_tenants.utils import tenant_context

from tenants.models import Tenant, TenantState

_Outcome = TypeVar("_Outcome")


class TenantNotReady(Exception):
    """The tenant has no schema yet. Work for it waits."""


def run_in_tenant(reference: UUID | None, work: Callable[[], _Outcome]) -> _Outcome:
    """Run `work` in the tenant's schema, and come back to the one we were in.

    A closed tenant's site is gone, but what it has bought and paid for is still brought to its end.
    Raises Tenant.DoesNotExist or TenantNotReady; no tenant, or an unknown one, never means the
    public schema.
    """
    if reference is None:
        raise Tenant.DoesNotExist("The platform's own work is for no tenant's schema.")
    tenant = Tenant.objects.get(reference=reference)
    if tenant.state == TenantState.PREPARING:
        raise TenantNotReady(f"{tenant} is {tenant.get_state_display()}")
    with tenant_context(tenant):  # type: ignore[no-untyped-call]
        return work()


def current_tenant() -> Tenant:
    """Return the tenant whose schema is selected. Raises TenantNotReady in the public one."""
    tenant = connection.tenant  # type: ignore[attr-defined]
    if not isinstance(tenant, Tenant):
        raise TenantNotReady("No tenant's schema is selected.")
    return tenant
