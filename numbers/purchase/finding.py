"""The tenant's orders, newest first, filtered and page by page."""

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from billing.money import plain_amount
from listing import paging
from listing.paging import Page
from purchase import progress
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


def listed(request: HttpRequest) -> dict[str, object]:
    """Return what a page of orders shows, read to the end: the rows, its filters and neighbours."""
    show, typed = request.GET.get("show", ""), request.GET.get("number", "")
    page = page_of(wanted_by(request), request)
    return {
        "orders": [progress.of_order(order) for order in page.rows],
        "newer": page.previous,
        "older": page.next,
        "filters": [(key, label, key == show) for key, (label, _) in FILTERS.items()],
        "show": show,
        "number": typed,
        "export": urlencode({"show": show, "number": typed}),
    }


def wanted_by(request: HttpRequest) -> QuerySet[Order]:
    digits = re.sub(r"\D", "", request.GET.get("number", ""))
    return find_orders(show=request.GET.get("show", ""), digits=digits)


def find_orders(*, show: str = "", digits: str = "") -> QuerySet[Order]:
    """Return orders with a line that fits; `digits` is any part of a number."""
    orders = Order.objects.all()
    lines = OrderLine.objects.filter(order=OuterRef("pk"))
    if show in FILTERS:
        orders = orders.filter(Exists(lines.filter(FILTERS[show][1])))
    if digits:
        orders = orders.filter(Exists(lines.filter(digits__contains=digits)))
    return orders


def page_of(orders: QuerySet[Order], request: HttpRequest) -> Page[Order]:
    """Cut out the page that the request names, newest first."""

    def read(edge: tuple[datetime, int] | None, is_backwards: bool, limit: int) -> list[Order]:
        wanted, step = orders, "gt" if is_backwards else "lt"
        if edge:
            placed_at, pk = edge
            wanted = orders.filter(
                Q(**{f"placed_at__{step}": placed_at})
                | Q(**{"placed_at": placed_at, f"id__{step}": pk})
            )
        order_by = ("placed_at", "id") if is_backwards else ("-placed_at", "-id")
        return list(wanted.order_by(*order_by).prefetch_related("lines")[:limit])

    return paging.page_of(
        read,
        request,
        to_edge=_edge,
        to_key=lambda order: order.reference,
        size=PAGE_SIZE,
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
