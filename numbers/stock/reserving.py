"""Taking numbers out of sale for one tenant, and giving them back.

One conditional UPDATE decides between all buyers; nobody reads first and writes later. Several
numbers are locked in the order of their ids, so that two carts never wait for each other.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from celery import shared_task
from django.db import transaction
from django.db.models import F, Q, QuerySet

from carriers.models import Connection
from lifecycle.clock import database_time
from lifecycle.models import move_many
from stock.digits import phone
from stock.models import DeletedBecause, ReservedBecause, StockNumber, StockState
from tenants.models import Tenant

LAPSED_PER_BATCH = 500
FREE = {"reason": "", "reserved_for": None, "reserved_until": None}


class NumberTaken(Exception):
    """Some of the numbers are not for sale, or no longer. The message is for the customer."""

    def __init__(self, digits: Collection[str]) -> None:
        self.digits = sorted(digits)
        names = ", ".join(phone(one) for one in self.digits[:3])
        more = f" and {len(self.digits) - 3} more" if len(self.digits) > 3 else ""
        super().__init__(
            f"{names}{more}: no longer held for you. Somebody else was quicker, or the time to "
            "buy it ran out. Choose another one."
        )


@transaction.atomic
def hold_for_cart(
    digits_list: Collection[str], *, tenant: Tenant, until: datetime, at: datetime
) -> list[StockNumber]:
    """Hold all of the numbers for the tenant's cart, or none. What it holds already stays so.

    Raises NumberTaken.
    """
    held = hold_what_is_free(digits_list, tenant=tenant, until=until, at=at)
    return _all_of(digits_list, held)


def hold_what_is_free(
    digits_list: Collection[str], *, tenant: Tenant, until: datetime, at: datetime
) -> list[StockNumber]:
    """Hold those of the numbers for the tenant's cart that can be held, and return them.

    Call in a transaction.
    """
    wanted = StockNumber.objects.filter(digits__in=digits_list)
    held = _hold(wanted, tenant=tenant, until=until, at=at)
    if held < len(digits_list) and _release(_lapsed(wanted, at=at), at=at):
        _hold(wanted, tenant=tenant, until=until, at=at)
    mine = _in_cart(wanted, tenant).filter(reserved_until__gt=at)
    return list(mine.select_related("sku", "connection"))


def _hold(wanted: QuerySet[StockNumber], *, tenant: Tenant, until: datetime, at: datetime) -> int:
    return move_many(
        _locked(_on_sale(wanted.filter(state=StockState.AVAILABLE))),
        StockState.AVAILABLE,
        StockState.RESERVED,
        at=at,
        reason=ReservedBecause.CART,
        reserved_for=tenant,
        reserved_until=until,
    )


def is_in_cart_of(number: StockNumber, tenant: Tenant) -> bool:
    return (number.state, number.reason, number.reserved_for_id) == (
        StockState.RESERVED,
        ReservedBecause.CART,
        tenant.pk,
    )


def lock(digits_list: Collection[str]) -> None:
    """Lock numbers of which some are to be let go and some held, in one transaction."""
    wanted = StockNumber.objects.filter(digits__in=digits_list).order_by("pk")
    list(wanted.select_for_update().values_list("pk"))


def can_be_held(number: StockNumber, *, at: datetime) -> bool:
    """Tell whether a cart could hold it now: it is on sale, or stayed in a cart for too long.

    Reads its connection.
    """
    has_lapsed = (
        number.reason == ReservedBecause.CART
        and number.reserved_until is not None
        and number.reserved_until <= at
    )
    is_free = number.state == StockState.AVAILABLE or has_lapsed
    return is_free and (number.is_ours or number.connection.is_buying_allowed)


@transaction.atomic
def extend_cart(until: Mapping[str, datetime], *, tenant: Tenant) -> set[str]:
    """Hold what the tenant's cart still has `until` another time each; return which those are."""
    wanted = StockNumber.objects.filter(digits__in=until)
    mine = list(_in_cart(wanted, tenant).order_by("pk").select_for_update())
    for number in mine:
        number.reserved_until = until[number.digits]
    StockNumber.objects.bulk_update(mine, ["reserved_until"])
    return {number.digits for number in mine}


def release_from_cart(digits_list: Collection[str], *, tenant: Tenant, at: datetime) -> int:
    """Put back on sale what the tenant's cart has of the numbers, and return how many."""
    return _release(_in_cart(StockNumber.objects.filter(digits__in=digits_list), tenant), at=at)


@transaction.atomic
def take_for_order(
    digits_list: Collection[str], *, tenant: Tenant, at: datetime
) -> list[StockNumber]:
    """Turn the cart's hold into one that lasts until the order line is final, for all or none.

    Raises NumberTaken if a hold has ended, or the carrier's numbers are not sold at present.
    """
    wanted = StockNumber.objects.filter(digits__in=digits_list)
    held = _on_sale(_in_cart(wanted, tenant).filter(reserved_until__gt=at))
    _change_reason(held, ReservedBecause.ORDER, until=None, at=at)
    ordered = _on_order(wanted, tenant).select_related("sku", "connection")
    return _all_of(digits_list, ordered)


def return_to_cart(
    digits_list: Collection[str], *, tenant: Tenant, until: datetime, at: datetime
) -> int:
    """Hold for the cart again what an unpaid order had taken."""
    on_order = _on_order(StockNumber.objects.filter(digits__in=digits_list), tenant)
    return _change_reason(on_order, ReservedBecause.CART, until=until, at=at)


def cancel_order(digits_list: Collection[str], *, tenant: Tenant, at: datetime) -> int:
    """Put back on sale what an order had taken and nobody was asked for."""
    return _release(_on_order(StockNumber.objects.filter(digits__in=digits_list), tenant), at=at)


def assign(number: StockNumber, *, at: datetime, carrier_number_id: str = "") -> None:
    """Hand a number on order to its buyer. Raises Overtaken."""
    number.move_to(
        StockState.ASSIGNED,
        at=at,
        ours_since=number.ours_since or at,
        carrier_number_id=carrier_number_id or number.carrier_number_id,
        **FREE,
    )


def take_for_stock(digits_list: Collection[str], *, at: datetime) -> list[StockNumber]:
    """Keep for our own stock what carriers still offer of the numbers, and return that.

    Call in the transaction that plans their purchase.
    """
    offered = _on_sale(StockNumber.objects.available().filter(ours_since=None))
    wanted = offered.filter(digits__in=digits_list).select_related("sku", "connection")
    locked = list(wanted.order_by("pk").select_for_update(of=("self",)))
    move_many(
        StockNumber.objects.filter(pk__in=[number.pk for number in locked]),
        StockState.AVAILABLE,
        StockState.RESERVED,
        at=at,
        reason=ReservedBecause.STOCKING,
    )
    return locked


def put_in_stock(number: StockNumber, *, at: datetime, carrier_number_id: str) -> None:
    """Put on sale as ours what was bought for our stock. Raises Overtaken."""
    number.move_to(
        StockState.AVAILABLE,
        at=at,
        ours_since=at,
        carrier_number_id=carrier_number_id,
        **FREE,
    )


@transaction.atomic
def refuse(number: StockNumber, *, gone: bool, at: datetime) -> None:
    """End an order that the carrier refused; `gone` if it has no such number any more.

    Raises Overtaken.
    """
    number.move_to(StockState.AVAILABLE, at=at, **FREE)
    if gone and not number.is_ours:
        number.move_to(StockState.DELETED, at=at, reason=DeletedBecause.GONE)


def release_lapsed_holds(*, at: datetime) -> None:
    """Put on sale again what stayed in a cart for too long. May run many times at once."""
    while _release_some(at=at) == LAPSED_PER_BATCH:
        pass


@shared_task
def release_lapsed_holds_task() -> None:
    release_lapsed_holds(at=database_time())


@transaction.atomic(durable=True)
def _release_some(*, at: datetime) -> int:
    return release_lapsed(StockNumber.objects.all(), at=at, most=LAPSED_PER_BATCH)


@transaction.atomic
def release_lapsed(numbers: QuerySet[StockNumber], *, at: datetime, most: int) -> int:
    """Put on sale again up to `most` of the numbers that a cart no longer holds; return how many.

    Waits for nobody: what is just being held again is left out.
    """
    lapsed = _lapsed(numbers, at=at).order_by("reserved_until")
    some = lapsed.select_for_update(skip_locked=True).values_list("pk", flat=True)
    pks = list(some[:most])
    return _release(StockNumber.objects.filter(pk__in=pks), at=at)


def _in_cart(numbers: QuerySet[StockNumber], tenant: Tenant) -> QuerySet[StockNumber]:
    return numbers.filter(
        state=StockState.RESERVED, reason=ReservedBecause.CART, reserved_for=tenant
    )


def _on_order(numbers: QuerySet[StockNumber], tenant: Tenant) -> QuerySet[StockNumber]:
    return numbers.filter(
        state=StockState.RESERVED, reason=ReservedBecause.ORDER, reserved_for=tenant
    )


def _lapsed(numbers: QuerySet[StockNumber], *, at: datetime) -> QuerySet[StockNumber]:
    return numbers.filter(
        state=StockState.RESERVED, reason=ReservedBecause.CART, reserved_until__lte=at
    )


def _on_sale(numbers: QuerySet[StockNumber]) -> QuerySet[StockNumber]:
    """Leave out what would have to be bought where we do not buy at present."""
    buying = Connection.objects.filter(is_buying_allowed=True)
    return numbers.filter(Q(ours_since__isnull=False) | Q(connection__in=buying))


def _locked(numbers: QuerySet[StockNumber]) -> QuerySet[StockNumber]:
    """Lock in the order of ids, as part of the statement that this becomes."""
    in_order = numbers.order_by("pk").select_for_update().values("pk")
    return StockNumber.objects.filter(pk__in=in_order)


def _release(numbers: QuerySet[StockNumber], *, at: datetime) -> int:
    with transaction.atomic():
        return move_many(_locked(numbers), StockState.RESERVED, StockState.AVAILABLE, at=at, **FREE)


def _change_reason(
    numbers: QuerySet[StockNumber],
    reason: ReservedBecause,
    *,
    until: datetime | None,
    at: datetime,
) -> int:
    with transaction.atomic():
        return _locked(numbers).update(
            reason=reason, reserved_until=until, state_changed_at=at, version=F("version") + 1
        )


def _all_of(digits_list: Collection[str], got: Iterable[StockNumber]) -> list[StockNumber]:
    """Return the numbers in the order asked for. Raises NumberTaken unless all are there."""
    numbers = {number.digits: number for number in got}
    if missing := set(digits_list) - set(numbers):
        raise NumberTaken(missing)
    return [numbers[digits] for digits in digits_list]
