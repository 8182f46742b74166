"""What a button of ours said, trusted when it comes back from the browser."""

from datetime import timedelta
from typing import Any

from django.core import signing

from tenants.models import Tenant

LIFETIME = timedelta(hours=1)


def seal(kind: str, fields: list[Any], *, tenant: Tenant) -> str:
    """Sign what a page offers, so that only this tenant can use it and nobody can edit it."""
    return signing.dumps(fields, salt=_salt(kind, tenant), compress=True)


def unseal(kind: str, sealed: str, *, tenant: Tenant, at_any_age: bool = False) -> list[Any]:
    """Raises signing.BadSignature if it is not ours, of another tenant or kind, or too old."""
    max_age = None if at_any_age else LIFETIME
    fields: list[Any] = signing.loads(sealed, salt=_salt(kind, tenant), max_age=max_age)
    return fields


def _salt(kind: str, tenant: Tenant) -> str:
    return f"{kind} for {tenant.schema_name}"
