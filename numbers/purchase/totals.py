"""The cart as people see it: its lines, and sums that say what is due now and what comes again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from purchase.models import CartLine
from purchase.terms import Terms
from stock.models import Price, Requirement, StockNumber
from stock.requirements import Kind
from stock.vat import Vat


@dataclass(frozen=True, slots=True)
class Period:
    """A choice of the buyer: so many months at once, for how much, net in minor units."""

    months: int
    price: int
    # Against as many single months, in whole percent.
    saving: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the cart as it stands now; without price and terms it is not sold any more."""

    line: CartLine
    number: StockNumber
    price: Price | None
    terms: Terms | None
    # Nobody else can buy it.
    is_held: bool
    # Its hold ended, and nobody else has it.
    can_be_held: bool

    @property
    def is_sold(self) -> bool:
        return self.price is not None

    @property
    def can_be_bought(self) -> bool:
        return self.is_held and self.is_sold

    @property
    def digits(self) -> str:
        return self.line.digits

    @property
    def kind(self) -> Kind:
        return self.number.country, self.number.number_type

    @property
    def periods(self) -> list[Period]:
        """What can be bought at once, with the channels that are wanted."""
        return (
            [self._period(self.price, months) for months in self.price.periods]
            if self.price
            else []
        )

    def _period(self, price: Price, months: int) -> Period:
        own, single = price.period_price(months), price.monthly_price * months
        return Period(
            months,
            price.recurring_price(months=months, channels=self.line.channels),
            saving=(single - own) * 100 // single if single else 0,
        )


@dataclass(frozen=True, slots=True)
class Recurring:
    """What is due again every so many months, in minor units."""

    months: int
    count: int
    net: int
    vat_amount: int

    @property
    def total(self) -> int:
        return self.net + self.vat_amount


@dataclass(frozen=True, slots=True)
class Cart:
    """All lines; sums, in minor units, are of those that can be bought."""

    entries: Sequence[Entry]
    currency: str
    vat: Vat
    requirements: Mapping[Kind, Requirement]
    free_periods: int | None
    # Words for the customer, if nothing can be sold to this tenant at present.
    not_sold_because: str = ""

    @property
    def held(self) -> list[Entry]:
        """What can be bought now."""
        return [entry for entry in self.entries if entry.can_be_bought]

    @property
    def lapsed(self) -> list[Entry]:
        """What would be sold, were it still held."""
        return [entry for entry in self.entries if entry.is_sold and not entry.is_held]

    @property
    def unsold(self) -> list[Entry]:
        """What is not sold to this tenant at present, held or not."""
        return [entry for entry in self.entries if not entry.is_sold]

    @property
    def terms(self) -> dict[str, Terms]:
        """The terms of what is held, by digits."""
        return {entry.digits: entry.terms for entry in self.held if entry.terms}

    @property
    def free(self) -> Entry | None:
        return next((entry for entry in self.held if entry.terms and entry.terms.is_free), None)

    @property
    def asked(self) -> list[Requirement]:
        """What the countries of the held numbers ask."""
        kinds = {entry.kind for entry in self.held}
        return [one for kind, one in sorted(self.requirements.items()) if kind in kinds]

    @property
    def setup(self) -> int:
        return sum(terms.setup_price for terms in self.terms.values())

    @property
    def recurring(self) -> int:
        return sum(terms.recurring_price for terms in self.terms.values())

    @property
    def net(self) -> int:
        return self.setup + self.recurring

    @property
    def vat_amount(self) -> int:
        return sum(terms.vat_amount for terms in self.terms.values())

    @property
    def due_now(self) -> int:
        return self.net + self.vat_amount

    @property
    def held_until(self) -> datetime | None:
        """When the first hold ends."""
        return min((entry.line.held_until for entry in self.held), default=None)

    @property
    def comes_again(self) -> list[Recurring]:
        """What each renewal will be at today's prices and tax, shortest periods first."""
        by_months = sorted(self.terms.values(), key=lambda terms: terms.months)
        return [
            self._recurring(months, list(group))
            for months, group in groupby(by_months, key=lambda terms: terms.months)
        ]

    def _recurring(self, months: int, group: Sequence[Terms]) -> Recurring:
        due = [self._renewal(terms) for terms in group]
        return Recurring(months, len(due), sum(due), sum(self.vat.on(net) for net in due))

    def _renewal(self, terms: Terms) -> int:
        """Return what the second period costs."""
        stays_free = terms.is_free and (self.free_periods is None or self.free_periods > 1)
        return terms.recurring_price if stays_free else terms.period_price
