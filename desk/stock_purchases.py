"""What was bought for our own stock, and how far each number is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import django_filters
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseStopPolling

from carriers.models import Operation
from listing.exporting import csv_response
from listing.paging import page_by_key
from stock.models import (
    FINAL_STOCK_LINES,
    StockLineState,
    StockPurchase,
    StockPurchaseLine,
)
from tenants.http import PlatformRequest, is_part
from tenants.permissions import Act, requires

EXPORT_HEADER = [
    "Placed",
    "By",
    "Number",
    "State",
    "Why refused",
    "Place",
    "SKU",
    "Carrier",
    "Setup cost",
    "Monthly cost",
    "Currency",
]
TONES = {
    StockLineState.PLACED: "info",
    StockLineState.ORDERING: "info",
    StockLineState.UNKNOWN: "info",
    StockLineState.PENDING: "info",
    StockLineState.NEEDS_DOCUMENTS: "warn",
    StockLineState.DELIVERED: "ok",
    StockLineState.REFUSED: "bad",
}
HINTS = {
    StockLineState.PLACED: "It goes to the carrier next, or when buying there is on again.",
    StockLineState.ORDERING: "The carrier is being asked for it.",
    StockLineState.UNKNOWN: (
        "The carrier has not answered. What became of it is looked up before anything is repeated."
    ),
    StockLineState.PENDING: "The carrier has taken the order.",
    StockLineState.NEEDS_DOCUMENTS: "The carrier checks documents before it delivers.",
    StockLineState.DELIVERED: "It is ours, on sale, and unassigned.",
    StockLineState.REFUSED: "It will not come, and costs nothing.",
}


@dataclass(frozen=True, slots=True)
class LineProgress:
    """A number as it stands, and what the carrier has said of it."""

    line: StockPurchaseLine
    tone: str
    hint: str
    operation: Operation | None


@dataclass(frozen=True, slots=True)
class PurchaseProgress:
    """A purchase with its lines as they stand."""

    purchase: StockPurchase
    lines: Sequence[StockPurchaseLine]

    @property
    def total(self) -> int:
        return len(self.lines)

    @property
    def final(self) -> int:
        return sum(line.is_final for line in self.lines)

    @property
    def delivered(self) -> int:
        return sum(line.state == StockLineState.DELIVERED for line in self.lines)

    @property
    def tone(self) -> str:
        if self.final < self.total:
            return "info"
        return "ok" if self.delivered == self.total else "warn" if self.delivered else "bad"

    @property
    def label(self) -> str:
        if self.final < self.total:
            return "Under way"
        return {"ok": "In our stock", "warn": "Partly in our stock", "bad": "Refused"}[self.tone]

    @property
    def version(self) -> int:
        """Grows with every step of a line."""
        return sum(line.version for line in self.lines)

    @property
    def carriers(self) -> list[str]:
        return sorted({line.connection.name for line in self.lines})


class PurchaseFilter(django_filters.FilterSet):
    """Which purchases to show."""

    number = django_filters.CharFilter(method="by_number", label="Number contains")
    by = django_filters.CharFilter(
        field_name="actor_name", lookup_expr="icontains", label="Bought by"
    )
    state = django_filters.ChoiceFilter(
        method="by_state",
        choices=[
            ("open", "Under way"),
            ("delivered", "With delivered"),
            ("refused", "With refused"),
        ],
        empty_label="Any state",
    )

    class Meta:
        model = StockPurchase
        fields: list[str] = []

    def by_number(
        self, found: QuerySet[StockPurchase], name: str, typed: str
    ) -> QuerySet[StockPurchase]:
        digits = "".join(filter(str.isdigit, typed))
        return found.filter(_has_lines(Q(digits__contains=digits))) if digits else found

    def by_state(
        self, found: QuerySet[StockPurchase], name: str, chosen: str
    ) -> QuerySet[StockPurchase]:
        is_open = ~Q(state__in=FINAL_STOCK_LINES)
        return found.filter(_has_lines(is_open if chosen == "open" else Q(state=chosen)))


@require_GET
@requires(Act.VIEW_PLATFORM)
def stock_purchases(request: PlatformRequest) -> HttpResponse:
    chosen = PurchaseFilter(request.GET, queryset=_with_lines())
    page = page_by_key(chosen.qs, request, key="id", newest_first=True)
    context = {
        "filter": chosen,
        "page": page,
        "purchases": [PurchaseProgress(one, list(one.lines.all())) for one in page.rows],
        "query": request.GET.urlencode(),
    }
    template = "desk/_stock_purchases.html" if is_part(request) else "desk/stock_purchases.html"
    return render(request, template, context)


@require_GET
@requires(Act.VIEW_PLATFORM)
def export_stock_purchases(request: PlatformRequest) -> StreamingHttpResponse:
    chosen = PurchaseFilter(request.GET, queryset=StockPurchase.objects.all())
    lines = StockPurchaseLine.objects.filter(purchase__in=chosen.qs).order_by("-purchase", "digits")
    return csv_response("stock-purchases", EXPORT_HEADER, _rows(lines))


@require_GET
@requires(Act.VIEW_PLATFORM)
def stock_purchase(request: PlatformRequest, reference: UUID) -> HttpResponse:
    return render(request, "desk/stock_purchase.html", _standing(reference))


@require_GET
@requires(Act.VIEW_PLATFORM)
def stock_purchase_progress(request: PlatformRequest, reference: UUID) -> HttpResponse:
    """Answer the page's question for news: 204 for none, and 286 for the last."""
    context = _standing(reference)
    progress: PurchaseProgress = context["progress"]  # type: ignore[assignment]
    if request.GET.get("seen") == str(progress.version):
        return HttpResponse(status=204)
    response = render(request, "desk/_stock_purchase.html", context)
    if progress.final == progress.total:
        response.status_code = HttpResponseStopPolling.status_code
    return response


def _standing(reference: UUID) -> dict[str, object]:
    purchase = get_object_or_404(_with_lines(), reference=reference)
    lines = sorted(purchase.lines.all(), key=lambda line: line.digits)
    operations = {
        one.reference: one
        for one in Operation.objects.filter(reference__in=[line.reference for line in lines])
    }
    each = [
        LineProgress(
            line,
            TONES[StockLineState(line.state)],
            HINTS[StockLineState(line.state)],
            operations.get(line.reference),
        )
        for line in lines
    ]
    return {"progress": PurchaseProgress(purchase, lines), "lines": each}


def _with_lines() -> QuerySet[StockPurchase]:
    lines = StockPurchaseLine.objects.select_related("connection").order_by("digits")
    return StockPurchase.objects.prefetch_related(Prefetch("lines", lines))


def _has_lines(which: Q) -> Exists:
    return Exists(StockPurchaseLine.objects.filter(which, purchase=OuterRef("pk")))


def _rows(lines: QuerySet[StockPurchaseLine]) -> Iterable[list[object]]:
    for line in lines.select_related("purchase", "connection").iterator():
        yield [
            line.purchase.placed_at,
            line.purchase.actor_name,
            f"+{line.digits}",
            line.get_state_display(),
            line.refusal_reason,
            line.place,
            line.sku,
            line.connection.name,
            line.setup_cost,
            line.monthly_cost,
            line.cost_currency,
        ]
