"""Naming a total on the button, and trusting it when it comes back from the browser."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from purchase.terms import Terms
from purchase.totals import Cart
from stock.vat import Vat
from tenants import seals
from tenants.models import Tenant

SEAL = "quote"


@dataclass(frozen=True, slots=True)
class Quote:
    """Everything that was shown of an order. Good for one, which will carry `token`."""

    token: UUID
    currency: str
    # By digits.
    terms: dict[str, Terms]
    vat: Vat
    # Of the free number, if there is one.
    free_periods: int | None
    # References of what the countries ask, as it was shown.
    requirements: frozenset[UUID]

    @property
    def amount(self) -> int:
        return sum(terms.total for terms in self.terms.values())


def quote(cart: Cart) -> Quote:
    """Quote what is still held, at today's prices, tax and rules."""
    return Quote(
        uuid4(),
        cart.currency,
        cart.terms,
        cart.vat,
        cart.free_periods,
        frozenset(requirement.reference for requirement in cart.asked),
    )


def seal(offered: Quote, *, tenant: Tenant) -> str:
    return seals.seal(SEAL, _fields(offered), tenant=tenant)


def _fields(offered: Quote) -> list[Any]:
    return [
        str(offered.token),
        offered.currency,
        {digits: _written(terms) for digits, terms in offered.terms.items()},
        [str(offered.vat.percent), offered.vat.note],
        offered.free_periods,
        sorted(map(str, offered.requirements)),
    ]


def unseal(sealed: str, *, tenant: Tenant, at_any_age: bool = False) -> Quote:
    """Raises signing.BadSignature if it is not ours, another tenant's, or too old."""
    token, currency, terms, (percent, note), free_periods, requirements = seals.unseal(
        SEAL, sealed, tenant=tenant, at_any_age=at_any_age
    )
    return Quote(
        UUID(token),
        currency,
        {digits: _read(fields) for digits, fields in terms.items()},
        Vat(Decimal(percent), note),
        free_periods,
        frozenset(map(UUID, requirements)),
    )


def _written(terms: Terms) -> dict[str, Any]:
    rates = {"minute_rate": terms.minute_rate, "connect_rate": terms.connect_rate}
    return asdict(terms) | {name: str(rate) for name, rate in rates.items()}


def _read(fields: dict[str, Any]) -> Terms:
    rates = {name: Decimal(fields[name]) for name in ("minute_rate", "connect_rate")}
    return Terms(**fields | rates)
