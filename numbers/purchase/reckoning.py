"""What wished numbers cost a tenant now: the same sum for the cart, the quote and the order."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from purchase import free_number
from purchase.models import CartLine
from purchase.terms import Terms, terms_of
from stock import prices, requirements
from stock.models import Price, Requirement, StockNumber
from stock.requirements import Kind
from stock.vat import NOTHING, RateMissing, Vat, vat_of
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Wish:
    """A number as its line of the cart wants it."""

    line: CartLine
    number: StockNumber

    @property
    def kind(self) -> Kind:
        return self.number.country, self.number.number_type


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Prices and terms by digits, without what is not sold; what the countries ask by kind."""

    prices: Mapping[str, Price]
    terms: Mapping[str, Terms]
    vat: Vat
    requirements: Mapping[Kind, Requirement]
    # Of the free number, if there is one: None is without end.
    free_periods: int | None = None
    # Words for the customer, if nothing can be sold to this tenant at present.
    not_sold_because: str = ""


def reckon(
    wishes: Iterable[Wish], *, bought: Collection[str], tenant: Tenant, at: datetime
) -> Reckoning:
    """Reckon each wish at the prices, tax and rules of now. One of `bought` may be free."""
    wishes = list(wishes)
    asked = requirements.in_force({wish.kind for wish in wishes})
    try:
        vat = vat_of(tenant, at=at)
    except RateMissing as missing:
        return Reckoning({}, {}, Vat(NOTHING, ""), asked, not_sold_because=str(missing))
    sold = prices.for_sale(tenant, [wish.number for wish in wishes], at=at)
    by_digits = {
        wish.number.digits: sold[wish.number.pk] for wish in wishes if wish.number.pk in sold
    }
    free = _free(wishes, by_digits, bought)
    terms = {
        digits: terms_of(
            by_digits[digits],
            months=wish.line.months,
            channels=wish.line.channels,
            vat=vat,
            is_free=digits == free,
        )
        for wish in wishes
        if (digits := wish.number.digits) in by_digits
    }
    return Reckoning(by_digits, terms, vat, asked, free_number.periods() if free else None)


def _free(wishes: Iterable[Wish], sold: Mapping[str, Price], bought: Collection[str]) -> str:
    candidates = [
        (sold[wish.line.digits], wish.line.added_at, wish.line.digits)
        for wish in wishes
        if wish.line.digits in sold and wish.line.digits in bought
    ]
    return free_number.choose(candidates) if candidates and free_number.is_due() else ""
