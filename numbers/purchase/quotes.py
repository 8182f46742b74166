"""Naming a total on the button, and trusting it when it comes back from the browser."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.core import signing

from purchase.cart import Cart
from tenants.models import Tenant

LIFETIME_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Quote:
    """Numbers at prices, in minor units. Good for one order, which will carry `token`."""

    token: UUID
    currency: str
    # Setup and monthly price by digits.
    prices: dict[str, tuple[int, int]]

    @property
    def amount(self) -> int:
        return sum(setup + monthly for setup, monthly in self.prices.values())


def quote(cart: Cart) -> Quote:
    """Quote what is still held, at today's prices."""
    prices = {entry.digits: (entry.setup_price, entry.monthly_price) for entry in cart.held}
    return Quote(uuid4(), cart.currency, prices)


def seal(offered: Quote, *, tenant: Tenant) -> str:
    """Sign a quote, so that only this tenant can use it and nobody can edit its prices."""
    fields = [str(offered.token), offered.currency, offered.prices]
    return signing.dumps(fields, salt=_salt(tenant), compress=True)


def unseal(sealed: str, *, tenant: Tenant) -> Quote:
    """Raises signing.BadSignature if it is not ours, another tenant's, or over an hour old."""
    token, currency, prices = signing.loads(sealed, salt=_salt(tenant), max_age=LIFETIME_SECONDS)
    by_digits = {digits: (setup, monthly) for digits, (setup, monthly) in prices.items()}
    return Quote(UUID(token), currency, by_digits)


def _salt(tenant: Tenant) -> str:
    return f"quote for {tenant.schema_name}"
