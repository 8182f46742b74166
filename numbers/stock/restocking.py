"""Buying what carriers offer into our own stock: numbers, intents and work are written together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from django.core import signing
from django.db import transaction

from carriers import operations
from carriers.operations import Purchase
from lifecycle.actors import Actor, done_by
from stock import costing, moving, reserving
from stock.amounts import said
from stock.costing import CarrierCost
from stock.digits import phone
from stock.models import StockNumber, StockPurchase, StockPurchaseLine
from stock.stocking import SETTLE_STOCK_LINE
from tenants import staff_acts
from tenants.models import StaffActKind
from work import due

MAX_NUMBERS = 100
LIFETIME_SECONDS = 3600
SALT = "stock quote"


class NothingChosen(Exception):
    """No number, or too many. The message is for people."""


class NoLongerOffered(Exception):
    """Somebody else was quicker, or no carrier we buy from has it. The message is for people."""

    def __init__(self, digits: Collection[str]) -> None:
        super().__init__(
            f"{_names(digits)}: somebody else was quicker, or the carrier no longer offers it, or "
            "we do not buy there at present. Nothing has been bought; choose again."
        )


class CostUnknown(Exception):
    """Nobody knows what a number would cost. The message is for people."""


class CostChanged(Exception):
    """A carrier asks something else than what was shown. The message is for people."""


class QuoteExpired(Exception):
    """The page was too old, or not ours. The message is for people."""


@dataclass(frozen=True, slots=True)
class Total:
    """What one carrier asks for some numbers, in whole units."""

    carrier: str
    numbers: int
    setup: Decimal
    monthly: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class StockQuote:
    """Numbers at their carriers' costs. Good for one purchase, which will carry `token`."""

    token: UUID
    # Setup, month and currency by digits.
    costs: dict[str, tuple[str, str, str]]
    totals: Sequence[Total] = ()


def quote_numbers(digits_list: Collection[str], *, at: datetime) -> StockQuote:
    """Say what the numbers would cost at their carriers now.

    Raises NothingChosen, NoLongerOffered or CostUnknown.
    """
    wanted = set(digits_list)
    if not wanted:
        raise NothingChosen("Tick at least one number.")
    if len(wanted) > MAX_NUMBERS:
        raise NothingChosen(f"At most {MAX_NUMBERS} numbers are bought at once.")
    offered = StockNumber.objects.available().filter(ours_since=None, digits__in=wanted)
    numbers = list(offered.select_related("connection").order_by("digits"))
    if missing := wanted - {number.digits for number in numbers}:
        raise NoLongerOffered(missing)
    costs = _costs_of(numbers, at=at)
    frozen = {digits: _frozen(cost) for digits, cost in costs.items()}
    return StockQuote(uuid4(), frozen, _sum_up(numbers, costs))


def seal(quote: StockQuote) -> str:
    """Sign a quote, so that nobody can edit its costs."""
    return signing.dumps([str(quote.token), quote.costs], salt=SALT, compress=True)


def unseal(sealed: str) -> StockQuote:
    """Raises QuoteExpired if it is not ours, or over an hour old."""
    try:
        token, costs = signing.loads(sealed, salt=SALT, max_age=LIFETIME_SECONDS)
    except signing.BadSignature:
        raise QuoteExpired(
            "This page was too old. Nothing has been bought; choose the numbers again."
        ) from None
    by_digits = {
        digits: (setup, month, currency) for digits, (setup, month, currency) in costs.items()
    }
    return StockQuote(UUID(token), by_digits)


@transaction.atomic
def buy_for_stock(quote: StockQuote, *, actor: Actor, at: datetime) -> StockPurchase:
    """Reserve what the quote lists, and plan to buy it from the carriers: all of it or nothing.

    Accepting a quote again returns the first purchase. Raises NoLongerOffered, CostUnknown or
    CostChanged.
    """
    # Two clicks at once meet here: the second waits for the first and gets its purchase.
    purchase, is_new = StockPurchase.objects.get_or_create(
        token=quote.token, defaults={"placed_at": at, **done_by(actor)}
    )
    if not is_new:
        return purchase
    with moving.acting(actor, "Bought for our stock"):
        numbers = reserving.take_for_stock(quote.costs.keys(), at=at)
    if missing := quote.costs.keys() - {number.digits for number in numbers}:
        raise NoLongerOffered(missing)
    costs = _costs_of(numbers, at=at)
    if {digits: _frozen(cost) for digits, cost in costs.items()} != quote.costs:
        raise CostChanged(
            "A carrier's cost has changed since this page was shown. Nothing has been bought; "
            "look at the new total."
        )
    _plan_lines(purchase, numbers, costs, at=at)
    _record(purchase, numbers, costs, actor=actor, at=at)
    return purchase


def _costs_of(numbers: Sequence[StockNumber], *, at: datetime) -> dict[str, CarrierCost]:
    known = costing.of_numbers(numbers, at=at)
    if unknown := [number.digits for number in numbers if number.pk not in known]:
        raise CostUnknown(
            f"{_names(unknown)}: nobody knows what it costs. Set a cost of its SKU at this carrier "
            "first."
        )
    return {number.digits: known[number.pk] for number in numbers}


def _plan_lines(
    purchase: StockPurchase,
    numbers: Sequence[StockNumber],
    costs: Mapping[str, CarrierCost],
    *,
    at: datetime,
) -> None:
    lines = [
        StockPurchaseLine(
            purchase=purchase,
            state_changed_at=at,
            number=number,
            digits=number.digits,
            place=", ".join(filter(None, [number.city, number.region, number.country])),
            sku=number.sku.code,
            connection=number.connection,
            setup_cost=costs[number.digits].setup,
            monthly_cost=costs[number.digits].monthly,
            cost_currency=costs[number.digits].currency,
        )
        for number in numbers
    ]
    StockPurchaseLine.objects.bulk_create(lines)
    wanted = [Purchase(line.reference, line.connection, line.digits) for line in lines]
    operations.plan_purchases(wanted, tenant=None, at=at)
    references = [line.reference for line in lines]
    due.plan_each(SETTLE_STOCK_LINE, tenant=None, subjects=references, at=at)


def _sum_up(numbers: Sequence[StockNumber], costs: Mapping[str, CarrierCost]) -> list[Total]:
    """Add up per carrier and currency: what is in different ones cannot be added."""
    sums: dict[tuple[str, str], Total] = {}
    for number in numbers:
        cost, carrier = costs[number.digits], number.connection.name
        nothing = Total(carrier, 0, Decimal(0), Decimal(0), cost.currency)
        before = sums.get((carrier, cost.currency), nothing)
        sums[carrier, cost.currency] = Total(
            carrier,
            before.numbers + 1,
            before.setup + cost.setup,
            before.monthly + cost.monthly,
            cost.currency,
        )
    return list(sums.values())


def _record(
    purchase: StockPurchase,
    numbers: Sequence[StockNumber],
    costs: Mapping[str, CarrierCost],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    words = "; ".join(
        f"{total.carrier}: {said(total.setup, total.currency)} setup, "
        f"{said(total.monthly, total.currency)} a month"
        for total in _sum_up(numbers, costs)
    )
    staff_acts.record(
        StaffActKind.STOCK_BOUGHT,
        subject=purchase.reference,
        subject_name=f"{len(numbers)} number{'' if len(numbers) == 1 else 's'}",
        reason=words[:200],
        actor=actor,
        at=at,
    )


def _frozen(cost: CarrierCost) -> tuple[str, str, str]:
    return f"{cost.setup:f}", f"{cost.monthly:f}", cost.currency


def _names(digits: Collection[str]) -> str:
    names = ", ".join(phone(one) for one in sorted(digits)[:3])
    return f"{names} and {len(digits) - 3} more" if len(digits) > 3 else names
