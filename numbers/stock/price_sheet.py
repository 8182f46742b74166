"""A price list as a file: its columns, and how its rows are read and written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from babel.numbers import get_currency_precision

from lifecycle.actors import Actor
from stock import repricing
from stock.amounts import LARGEST_RATE, minor_units, said, whole_units
from stock.costing import Comparison
from stock.margins import KnownCosts, describe_loss
from stock.models import PERIODS, Price, PriceList, Sku
from stock.repricing import PriceTerms
from stock.row_reading import RowReading
from stock.sheets import Wanted, period_cells
from stock.timelines import Timeline

RATE_DECIMALS = 5
INCREMENT_SECONDS = range(1, 3601)
HEADER = [
    *("sku", "valid_from", "valid_until", "currency", "setup", "month", "three_months"),
    *("six_months", "twelve_months", "channel", "inbound_minute", "connection_fee"),
    *("minimum_months", "first_seconds", "next_seconds", "below_cost_because"),
]
# What the fields of PriceTerms are called, in the order of the header.
AMOUNTS = {
    "setup_price": "setup",
    "monthly_price": "month",
    "quarter_price": "3 months",
    "half_year_price": "6 months",
    "year_price": "12 months",
    "channel_price": "channel",
}
RATES = {"inbound_minute_rate": "inbound minute", "connect_rate": "connection fee"}
COUNTS = {
    "minimum_months": "minimum months",
    "first_increment_seconds": "first seconds",
    "next_increment_seconds": "next seconds",
}


def cells_of(price: Price, *, currency: str) -> list[str]:
    """Write a price as a row under HEADER. The SKU is at hand."""
    terms = repricing.terms_of(price)
    return [
        price.sku.code,
        *period_cells(price.valid),
        currency,
        *(_plain(getattr(terms, name), currency) for name in AMOUNTS),
        *(f"{getattr(terms, name).normalize():f}" for name in RATES),
        *(str(getattr(terms, name)) for name in COUNTS),
        terms.below_cost_because,
    ]


class PriceSheet:
    """The file of one price list. Its subjects are SKUs, by their keys."""

    header: Sequence[str] = HEADER

    def __init__(self, price_list: PriceList) -> None:
        self.price_list = price_list
        self.currency = price_list.currency
        self._decimals = get_currency_precision(price_list.currency)
        self._margin = Comparison(price_list.currency)

    def read(self, cells: Mapping[str, str]) -> Wanted[int, PriceTerms]:
        row = RowReading(cells)
        sku = self._skus.get(cells["sku"].upper())
        if sku is None:
            row.refuse(f"sku: there is no SKU “{cells['sku']}”.")
        if cells["currency"] != self.currency:
            row.refuse(f"currency: this list is in {self.currency}, not “{cells['currency']}”.")
        begins_at, ends_at = row.period()
        terms = PriceTerms(
            setup_price=self._amount(row, "setup"),
            monthly_price=self._amount(row, "month"),
            quarter_price=self._amount_if_any(row, "three_months"),
            half_year_price=self._amount_if_any(row, "six_months"),
            year_price=self._amount_if_any(row, "twelve_months"),
            minimum_months=row.whole("minimum_months", among=PERIODS),
            channel_price=self._amount(row, "channel"),
            inbound_minute_rate=self._rate(row, "inbound_minute"),
            connect_rate=self._rate(row, "connection_fee"),
            first_increment_seconds=row.whole("first_seconds", among=INCREMENT_SECONDS),
            next_increment_seconds=row.whole("next_seconds", among=INCREMENT_SECONDS),
            below_cost_because=row.text("below_cost_because"),
        )
        row.finish()
        assert sku
        return Wanted(sku, terms, begins_at, ends_at)

    def lock(self, subjects: Collection[int]) -> None:
        repricing.lock_skus(subjects)

    def timelines(self, subjects: Collection[int]) -> Mapping[int, Timeline[PriceTerms]]:
        return repricing.timelines_of(self.price_list, subjects)

    def why_not(
        self, wanted: Wanted[int, PriceTerms], *, begins_at: datetime, ends_at: datetime | None
    ) -> str:
        if wanted.terms.below_cost_because:
            return ""
        costs = self._costs.during(wanted.subject, begins_at=begins_at, ends_at=ends_at)
        loss = describe_loss(Price(**asdict(wanted.terms)), costs, self._margin)
        return f"Below cost: {loss} Raise it, or fill in below_cost_because." if loss else ""

    def warning(self, wanted: Wanted[int, PriceTerms]) -> str:
        price = Price(**asdict(wanted.terms))
        return self._costs.withheld_by(wanted.subject, price, self._margin)

    def differences(self, before: PriceTerms | None, after: PriceTerms) -> str:
        if before is None:
            setup, month = self._said("setup_price", after), self._said("monthly_price", after)
            return f"setup {setup}, month {month}"
        changes = [
            f"{label} {self._said(name, before)} → {self._said(name, after)}"
            for name, label in (AMOUNTS | RATES | COUNTS).items()
            if getattr(before, name) != getattr(after, name)
        ]
        if before.below_cost_because != after.below_cost_because:
            changes.append(f"below cost because: {after.below_cost_because or 'it may not be'}")
        return ", ".join(changes)

    def save(
        self, changed: Mapping[int, Timeline[PriceTerms]], *, actor: Actor, at: datetime
    ) -> None:
        repricing.save(self.price_list, changed, actor=actor, at=at)

    @cached_property
    def _skus(self) -> dict[str, int]:
        return dict(Sku.objects.filter(removed_at=None).values_list("code", "pk"))

    @cached_property
    def _costs(self) -> KnownCosts:
        return KnownCosts(self._skus.values())

    def _amount(self, row: RowReading, column: str) -> int:
        return minor_units(row.amount(column, decimals=self._decimals), self.currency)

    def _amount_if_any(self, row: RowReading, column: str) -> int | None:
        return self._amount(row, column) if row.text(column) else None

    def _rate(self, row: RowReading, column: str) -> Decimal:
        return row.amount(column, decimals=RATE_DECIMALS, below=LARGEST_RATE)

    def _said(self, name: str, terms: PriceTerms) -> str:
        value = getattr(terms, name)
        if value is None:
            return "by the month"
        if name in COUNTS:
            return str(value)
        return said(value if name in RATES else whole_units(value, self.currency), self.currency)


def _plain(amount: int | None, currency: str) -> str:
    return "" if amount is None else str(whole_units(amount, currency))
