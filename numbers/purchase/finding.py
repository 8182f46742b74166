"""The tenant's orders, newest first, filtered and page by page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from billing.money import plain_amount
from purchase.models import FINAL_LINES, LineState, Order, OrderLine

PAGE_SIZE = 25
# What each quick filter keeps: orders with at least one such line.
FILTERS = {
    "open": ("Being delivered", ~Q(state__in=FINAL_LINES)),
    "delivered": ("Delivered", Q(state=LineState.DELIVERED)),
    "refused": ("Refused", Q(state=LineState.REFUSED)),
    "cancelled": ("Cancelled", Q(state=LineState.CANCELLED)),
}
CSV_HEADER = [
    "Order",
    "Placed at (UTC)",
    "Placed by",
    "Paid with",
    "Number",
    "Place",
    "State",
    "Reason",
    "Setup",
    "Monthly",
    "Currency",
    "SKU",
    "Carrier",
    "Months",
    "Channels",
    "Recurring",
    "Net",
    "VAT %",
    "VAT",
    "Total",
    "Free",
]


@dataclass(frozen=True, slots=True)
class Page:
    """Some orders, and the references that the pages around them begin behind."""

    orders: Sequence[Order]
    newer: UUID | None
    older: UUID | None


def find_orders(*, show: str = "", digits: str = "") -> QuerySet[Order]:
    """Return orders with a line that fits; `digits` is any part of a number."""
    orders = Order.objects.all()
    lines = OrderLine.objects.filter(order=OuterRef("pk"))
    if show in FILTERS:
        orders = orders.filter(Exists(lines.filter(FILTERS[show][1])))
    if digits:
        orders = orders.filter(Exists(lines.filter(digits__contains=digits)))
    return orders


def page_of(orders: QuerySet[Order], *, after: str = "", before: str = "") -> Page:
    """Cut one page out, behind (or ahead of) the order that a reference names."""
    edge = _edge(before or after)
    is_backwards = bool(before and edge)
    if edge:
        placed_at, pk = edge
        step = "gt" if is_backwards else "lt"
        orders = orders.filter(
            Q(**{f"placed_at__{step}": placed_at})
            | Q(**{"placed_at": placed_at, f"id__{step}": pk})
        )
    order_by = ("placed_at", "id") if is_backwards else ("-placed_at", "-id")
    found = list(orders.order_by(*order_by).prefetch_related("lines")[: PAGE_SIZE + 1])
    has_more, rows = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if is_backwards:
        rows.reverse()
    has_newer, has_older = (has_more, True) if is_backwards else (bool(edge), has_more)
    return Page(
        rows,
        newer=rows[0].reference if rows and has_newer else None,
        older=rows[-1].reference if rows and has_older else None,
    )


def _edge(reference: str) -> tuple[datetime, int] | None:
    try:
        known = UUID(reference)
    except ValueError:
        return None
    return Order.objects.filter(reference=known).values_list("placed_at", "id").first()


def rows_for_export(orders: QuerySet[Order]) -> Iterator[list[object]]:
    """Give a row for each line: number, price and carrier as they were."""
    lines = OrderLine.objects.filter(order__in=orders).select_related("order")
    for line in lines.order_by("-order__placed_at", "-order_id", "digits").iterator():
        order = line.order
        yield [
            order.reference,
            order.placed_at.isoformat(timespec="seconds"),
            order.actor_name,
            order.card_name or "Balance",
            f"+{line.digits}",
            line.place,
            line.get_state_display(),
            line.refusal_reason,
            plain_amount(line.setup_price, line.currency),
            plain_amount(line.monthly_price, line.currency),
            line.currency,
            line.sku,
            line.connection,
            line.months,
            line.channels,
            plain_amount(line.recurring_price, line.currency),
            plain_amount(line.net, line.currency),
            f"{line.vat_percent.normalize():f}",
            plain_amount(line.vat_amount, line.currency),
            plain_amount(line.price, line.currency),
            "yes" if line.is_free else "",
        ]
