"""Prices against the costs that are known: what may not be set, and what is kept from sale."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Max, Sum

from stock.amounts import said, whole_units
from stock.costing import CarrierCost, Comparison, Shortfall
from stock.models import Cost, Price, Tier


@dataclass(frozen=True, slots=True)
class KnownCost:
    """What one carrier asks for a SKU, or at most for one of its numbers."""

    carrier: str
    cost: CarrierCost


@dataclass(frozen=True, slots=True)
class Withheld:
    """A price that keeps numbers from sale: the worst of what it does not cover, and how many."""

    price: Price
    numbers: int
    loss: str


class KnownCosts:
    """What carriers ask for some SKUs: by their cost lists, and at most for numbers on sale now."""

    def __init__(self, skus: Iterable[int]) -> None:
        self._listed: dict[int, list[tuple[Cost, KnownCost]]] = defaultdict(list)
        self._on_sale: dict[int, list[KnownCost]] = defaultdict(list)
        wanted = list(skus)
        for cost in Cost.objects.filter(sku__in=wanted).select_related("connection"):
            asked = CarrierCost(cost.setup_cost, cost.monthly_cost, cost.currency)
            known = KnownCost(cost.connection.name, asked)
            self._listed[cost.sku_id].append((cost, known))
        highest = (
            Tier.objects.filter(sku__in=wanted, monthly_cost__isnull=False)
            .values_list("sku", "connection__name", "cost_currency")
            .annotate(Max("setup_cost"), Max("monthly_cost"))
        )
        for sku, carrier, currency, setup, monthly in highest:
            asked = CarrierCost(setup, monthly, currency)
            self._on_sale[sku].append(KnownCost(carrier, asked))

    def during(
        self, sku: int, *, begins_at: datetime, ends_at: datetime | None = None
    ) -> list[KnownCost]:
        """Return the costs of a SKU that hold at some time of the period."""
        listed = [
            known
            for cost, known in self._listed[sku]
            if (ends_at is None or cost.valid.lower < ends_at)
            and (cost.valid.upper is None or cost.valid.upper > begins_at)
        ]
        return [*listed, *self._on_sale[sku]]


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
            numbers = [
                (known, count)
                for known, count in costs[price.sku_id]
                if not margin.allows(price, known.cost)
            ]
            if numbers:
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
    tiers = Tier.objects.select_related("connection").annotate(numbers=Sum("coverage__available"))
    for tier in tiers:
        cost = of_skus.get((tier.connection_id, tier.sku_id))
        if tier.setup_cost is not None and tier.monthly_cost is not None:
            cost = CarrierCost(tier.setup_cost, tier.monthly_cost, tier.cost_currency)
        if cost:
            costs[tier.sku_id].append((KnownCost(tier.connection.name, cost), tier.numbers))
    return costs


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
