"""Prices against the costs that are known: what may not be set, and what is kept from sale."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet, Sum

from stock.amounts import said, whole_units
from stock.costing import CarrierCost, Comparison, Shortfall
from stock.models import Cost, Price, Tier


@dataclass(frozen=True, slots=True)
class KnownCost:
    """What one carrier asks for a SKU, or for some of its numbers."""

    carrier: str
    cost: CarrierCost


@dataclass(frozen=True, slots=True)
class Withheld:
    """A price that keeps numbers from sale: the worst of what it does not cover, and how many."""

    price: Price
    numbers: int
    loss: str


class KnownCosts:
    """What carriers ask for some SKUs: by their cost lists, and for numbers on sale now."""

    def __init__(self, skus: Iterable[int]) -> None:
        self._listed: dict[int, list[tuple[Cost, KnownCost]]] = defaultdict(list)
        self._named: dict[int, list[tuple[KnownCost, int]]] = defaultdict(list)
        wanted = list(skus)
        for cost in Cost.objects.filter(sku__in=wanted).select_related("connection"):
            asked = CarrierCost(cost.setup_cost, cost.monthly_cost, cost.currency)
            known = KnownCost(cost.connection.name, asked)
            self._listed[cost.sku_id].append((cost, known))
        for tier, numbers in _counted(Tier.objects.filter(sku__in=wanted)):
            if asked_for_each := _named_cost(tier):
                known = KnownCost(tier.connection.name, asked_for_each)
                self._named[tier.sku_id].append((known, numbers))

    def during(
        self, sku: int, *, begins_at: datetime, ends_at: datetime | None = None
    ) -> list[KnownCost]:
        """Return what cost lists say of a SKU at some time of the period."""
        return [
            known
            for cost, known in self._listed[sku]
            if (ends_at is None or cost.valid.lower < ends_at)
            and (cost.valid.upper is None or cost.valid.upper > begins_at)
        ]

    def dearest(self, sku: int) -> list[KnownCost]:
        """Return the cost of the dearest number on sale of each carrier that names costs."""
        by_price = sorted(
            (known for known, _ in self._named[sku]),
            key=lambda known: (known.cost.monthly, known.cost.setup),
        )
        return list({(known.carrier, known.cost.currency): known for known in by_price}.values())

    def withheld_by(self, sku: int, price: Price, margin: Comparison) -> str:
        """Say how many numbers on sale now would be withheld for their own costs; empty if none."""
        dear = _not_covered(price, self._named[sku], margin)
        if not dear:
            return ""
        count = sum(numbers for _, numbers in dear)
        loss = describe_loss(price, [known for known, _ in dear], margin)
        return f"{count:,} number{'s' if count > 1 else ''} would be kept from sale: {loss}"


def describe_loss(price: Price, costs: Iterable[KnownCost], margin: Comparison) -> str:
    """Say with figures what the price does not cover; an empty string if it covers all."""
    losses = [(part, known) for known in costs for part in margin.shortfalls(price, known.cost)]
    if not losses:
        return ""
    part, known = max(losses, key=lambda loss: loss[0].cost - loss[0].price)
    return f"{known.carrier} asks {_figures(part, known.cost, margin.currency)}."


def withheld(*, at: datetime) -> list[Withheld]:
    """Return the prices of now that keep numbers from sale, with how many that are.

    The numbers are those of the last count.
    """
    costs = _costs_on_sale(at=at)
    found = []
    for currency, prices in _prices_of_now(at=at).items():
        margin = Comparison(currency)
        for price in prices:
            if numbers := _not_covered(price, costs[price.sku_id], margin):
                loss = describe_loss(price, [known for known, _ in numbers], margin)
                found.append(Withheld(price, sum(count for _, count in numbers), loss))
    return found


def _prices_of_now(*, at: datetime) -> Mapping[str, list[Price]]:
    """Return the prices that have to cover what they cost, by currency."""
    prices = defaultdict(list)
    guarded = Price.objects.filter(valid__contains=at, below_cost_because="")
    for price in guarded.select_related("price_list__group", "sku"):
        prices[price.price_list.currency].append(price)
    return prices


def _costs_on_sale(*, at: datetime) -> Mapping[int, list[tuple[KnownCost, int]]]:
    """Return each cost of the numbers on sale with how many have it, by the SKU's key."""
    of_skus = {
        (cost.connection_id, cost.sku_id): CarrierCost(
            cost.setup_cost, cost.monthly_cost, cost.currency
        )
        for cost in Cost.objects.filter(valid__contains=at)
    }
    costs = defaultdict(list)
    for tier, numbers in _counted(Tier.objects.all()):
        if cost := _named_cost(tier) or of_skus.get((tier.connection_id, tier.sku_id)):
            costs[tier.sku_id].append((KnownCost(tier.connection.name, cost), numbers))
    return costs


def _counted(tiers: QuerySet[Tier]) -> Iterator[tuple[Tier, int]]:
    """Yield each tier with how many of its numbers are on sale."""
    counted = tiers.select_related("connection").annotate(numbers=Sum("coverage__available"))
    for tier in counted:
        yield tier, tier.numbers


def _named_cost(tier: Tier) -> CarrierCost | None:
    """Return what the carrier asks for each number of the tier itself, if it says so."""
    if tier.setup_cost is None or tier.monthly_cost is None:
        return None
    return CarrierCost(tier.setup_cost, tier.monthly_cost, tier.cost_currency)


def _not_covered(
    price: Price, costs: Iterable[tuple[KnownCost, int]], margin: Comparison
) -> list[tuple[KnownCost, int]]:
    """Return the costs that keep their numbers from sale at the price, with how many those are."""
    return [(known, numbers) for known, numbers in costs if not margin.allows(price, known.cost)]


def _figures(part: Shortfall, cost: CarrierCost, currency: str) -> str:
    """Write: $0.55 a month, that is €0.50, and the price is €0.45."""
    asked = cost.setup if part.of == "setup" else cost.monthly
    words = f"{said(asked, cost.currency)} {'for the setup' if part.of == 'setup' else part.of}"
    if cost.currency != currency:
        words += f", that is {said(_rounded(part.cost, currency), currency)}"
    return f"{words}, and the price is {said(_rounded(part.price, currency), currency)}"


def _rounded(minor: Decimal, currency: str) -> Decimal:
    """Return whole units with two decimals more than the currency has, at most."""
    return whole_units(1, currency) * minor.quantize(Decimal("0.01"))
