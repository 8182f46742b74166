"""What a number costs us, and whether a price covers it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from babel.numbers import get_currency_precision

from stock.models import Cost, ExchangeRate, Price, StockNumber


@dataclass(frozen=True, slots=True)
class CarrierCost:
    """What the carrier asks, in whole units of `currency`."""

    setup: Decimal
    monthly: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A cost that a price does not cover: of what, and how much of the price's minor units."""

    of: str
    cost: Decimal
    price: Decimal


def of_numbers(numbers: Collection[StockNumber], *, at: datetime) -> dict[int, CarrierCost]:
    """Return the cost of each number by its key: the carrier's for itself, else for its SKU.

    A number of which no cost is known is left out.
    """
    own = {number.pk: cost for number in numbers if (cost := _own_cost(number))}
    unnamed = [number for number in numbers if number.pk not in own]
    if not unnamed:
        return own
    costs = Cost.objects.filter(
        connection__in={number.connection_id for number in unnamed},
        sku__in={number.sku_id for number in unnamed},
        valid__contains=at,
    )
    by_sku = {
        (cost.connection_id, cost.sku_id): CarrierCost(
            cost.setup_cost, cost.monthly_cost, cost.currency
        )
        for cost in costs
    }
    return own | {
        number.pk: by_sku[key]
        for number in unnamed
        if (key := (number.connection_id, number.sku_id)) in by_sku
    }


def _own_cost(number: StockNumber) -> CarrierCost | None:
    if number.setup_cost is None or number.monthly_cost is None:
        return None
    return CarrierCost(number.setup_cost, number.monthly_cost, number.cost_currency)


class Comparison:
    """Compares prices in one currency with costs in any; reads exchange rates only when needed."""

    def __init__(self, currency: str) -> None:
        self.currency = currency

    def allows(self, price: Price, cost: CarrierCost | None) -> bool:
        """Tell whether the price covers the cost, or somebody has said why it need not.

        A cost that nobody knows, or that has no exchange rate, refuses nothing.
        """
        return bool(price.below_cost_because) or not self.shortfalls(price, cost)

    def shortfalls(self, price: Price, cost: CarrierCost | None) -> list[Shortfall]:
        """Return which parts of the cost the price does not cover, whatever somebody has said."""
        a_minor_unit = self._minor_units_in(cost.currency) if cost else None
        if cost is None or a_minor_unit is None:
            return []
        parts = [
            Shortfall("setup", cost.setup * a_minor_unit, Decimal(price.setup_price)),
            Shortfall("a month", cost.monthly * a_minor_unit, cheapest_month(price)),
        ]
        return [part for part in parts if part.price < part.cost]

    def _minor_units_in(self, currency: str) -> Decimal | None:
        """Return how many minor units of ours one whole unit of `currency` is, if that is known."""
        whole = Decimal(1).scaleb(get_currency_precision(self.currency))
        if currency == self.currency:
            return whole
        ours, theirs = self._per_dollar.get(self.currency), self._per_dollar.get(currency)
        return whole / theirs * ours if ours and theirs else None

    @cached_property
    def _per_dollar(self) -> dict[str, Decimal]:
        rates = dict(ExchangeRate.objects.values_list("currency", "per_dollar"))
        return {"USD": Decimal(1)} | rates


def cheapest_month(price: Price) -> Decimal:
    """Return what a month costs at least, in minor units, whichever period is bought."""
    return min(Decimal(price.period_price(months)) / months for months in price.periods)
