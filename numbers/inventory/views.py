"""My numbers: the list, its export, and the page of one number."""

from collections.abc import Iterator
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from billing import periods
from billing.money import plain_amount
from inventory import finding
from inventory.describing import DescribeNumberForm, describe_number
from inventory.finding import NumberFilterForm, NumberRow
from listing.exporting import csv_response
from listing.paging import page_by_key
from stock import requirements
from stock.models import INCLUDED_CHANNELS, Holding
from stock.requirements import Description
from tenants.http import TenantRequest, is_part
from tenants.permissions import Act, requires

SHOWN_PERIODS = 24
EXPORT_CHUNK = 1000
EXPORT_HEADER = [
    "Number",
    "Status",
    "Description",
    "Labels",
    "Country",
    "Region",
    "City",
    "Rate center",
    "Type",
    "Monthly price",
    "Currency",
    "Paid until (UTC)",
    "Days left",
    "Billing cycles",
]


def chosen(request: TenantRequest) -> dict[str, str]:
    """Return what the filter asks for; what makes no sense asks for nothing."""
    form = NumberFilterForm(request.GET)
    form.is_valid()
    return {
        "containing": form.cleaned_data.get("number", ""),
        "show": form.cleaned_data.get("show", ""),
    }


@require_GET
@requires(Act.SEE_NUMBERS)
def numbers(request: TenantRequest) -> HttpResponse:
    asked = chosen(request)
    page = page_by_key(finding.find_holdings(request.tenant, **asked), request, key="digits")
    context = {
        "rows": list(finding.with_held_numbers(page.rows, at=request.at)),
        "page": page,
        "filters": finding.count_by_filter(request.tenant),
        "show": asked["show"],
        "number": request.GET.get("number", ""),
        "query": request.GET.urlencode(),
    }
    template = "inventory/_numbers.html" if is_part(request) else "inventory/numbers.html"
    return render(request, template, context)


@require_GET
@requires(Act.SEE_NUMBERS)
def export(request: TenantRequest) -> StreamingHttpResponse:
    holdings = finding.find_holdings(request.tenant, **chosen(request)).order_by("digits")
    return csv_response("my-numbers", EXPORT_HEADER, export_rows(holdings, request))


def export_rows(holdings: QuerySet[Holding], request: TenantRequest) -> Iterator[list[object]]:
    batch: list[Holding] = []
    for holding in holdings.iterator(chunk_size=EXPORT_CHUNK):
        batch.append(holding)
        if len(batch) == EXPORT_CHUNK:
            yield from map(export_row, finding.with_held_numbers(batch, at=request.at))
            batch.clear()
    yield from map(export_row, finding.with_held_numbers(batch, at=request.at))


def export_row(row: NumberRow) -> list[object]:
    number = row.holding.number
    paid_until = row.holding.paid_until
    return [
        f"+{row.holding.digits}",
        row.standing.label,
        row.held.description,
        ", ".join(row.held.labels),
        number.country,
        number.region,
        number.city,
        number.rate_center,
        number.get_number_type_display(),
        plain_amount(row.holding.monthly_price, row.holding.currency),
        row.holding.currency,
        f"{paid_until:%Y-%m-%d %H:%M}" if paid_until else "",
        row.days_left,
        row.cycles,
    ]


@require_http_methods(["GET", "POST"])
@requires(Act.EDIT_NUMBERS)
def number(request: TenantRequest, reference: UUID) -> HttpResponse:
    """The tab General, where description and labels are edited."""
    row = find_row(request, reference)
    if request.method == "POST":
        form = DescribeNumberForm(request.POST)
        if form.is_valid():
            describe_number(row.held, **form.cleaned_data)
            messages.success(request, "Saved.")
            return redirect("inventory:number", reference=reference)
    else:
        form = DescribeNumberForm(
            initial={
                "description": row.held.description,
                "labels": ", ".join(row.held.labels),
            }
        )
    context = {"row": row, "form": form, "tab": "general", "described": described(row)}
    status = 422 if form.is_bound else 200
    return render(request, "inventory/number.html", context, status=status)


@require_GET
@requires(Act.SEE_NUMBERS)
def number_billing(request: TenantRequest, reference: UUID) -> HttpResponse:
    """The tab Billing: since when, for how long and for how much, and all periods so far."""
    row = find_row(request, reference)
    paid = list(periods.periods_of(row.holding)[:SHOWN_PERIODS])
    today = request.at.astimezone(ZoneInfo(request.tenant.time_zone)).date()
    current = next((period for period in paid if today in period.period), None)
    context = {
        "row": row,
        "tab": "billing",
        "current": (current, periods.last_day(current)) if current else None,
        "paid": [(period, periods.last_day(period)) for period in paid],
        "extra_channels": row.holding.channels - INCLUDED_CHANNELS,
    }
    return render(request, "inventory/number_billing.html", context)


def described(row: NumberRow) -> Description | None:
    """Return what a number of this kind asks of its holder, if it asks anything."""
    kind = row.holding.number.country, row.holding.number.number_type
    found = requirements.in_force([kind])
    return requirements.describe(found[kind]) if found else None


def find_row(request: TenantRequest, reference: UUID) -> NumberRow:
    """Return the tenant's own number, or raise Http404: another's is as unknown as none."""
    mine = finding.find_holdings(request.tenant).filter(reference=reference)
    for row in finding.with_held_numbers(mine, at=request.at):
        return row
    raise Http404
