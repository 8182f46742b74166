"""The platform's stock, as the operator and support staff look at it."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from carriers.models import Connection
from listing.exporting import csv_response
from listing.paging import page_by_key
from stock.digits import AFTER_DIGITS
from stock.models import Holding, HoldingState, NumberType, StockMove, StockNumber, StockState
from stock.patterns import BadPattern, read_prefix
from tenants.http import PlatformRequest, is_part
from tenants.permissions import Act, requires

EXPORT_CHUNK = 2000
EXPORT_HEADER = [
    "Number",
    "State",
    "Reason",
    "Ours since",
    "Country",
    "Region",
    "City",
    "Rate center",
    "Type",
    "SMS",
    "Carrier",
    "SKU",
    "Monthly cost",
    "Cost currency",
]


class FirstDigitsField(forms.CharField):
    """What numbers begin with, calling code first, as patterns of a search are written."""

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        try:
            return read_prefix(typed) if typed else ""
        except BadPattern as problem:
            raise forms.ValidationError(str(problem)) from None


class FirstDigitsFilter(django_filters.Filter):
    field_class = FirstDigitsField


class StockFilter(django_filters.FilterSet):
    """What of the stock to show."""

    number = FirstDigitsFilter(method="by_number", label="Number begins with")
    state = django_filters.ChoiceFilter(choices=StockState, empty_label="Any state")
    country = django_filters.CharFilter(method="by_country", label="Country code")
    region = django_filters.CharFilter(method="by_region", label="State or region")
    number_type = django_filters.ChoiceFilter(choices=NumberType, empty_label="Any type")
    connection = django_filters.ModelChoiceFilter(
        queryset=Connection.objects.order_by("name"), empty_label="Any carrier", label="Carrier"
    )
    sku = django_filters.CharFilter(field_name="sku__code", lookup_expr="iexact", label="SKU")
    ours = django_filters.BooleanFilter(
        method="by_ours", label="Only our own", widget=forms.CheckboxInput
    )

    class Meta:
        model = StockNumber
        fields: list[str] = []

    def by_number(self, numbers: QuerySet[StockNumber], name: str, digits: str) -> Any:
        return numbers.filter(digits__gte=digits, digits__lt=digits + AFTER_DIGITS)

    def by_country(self, numbers: QuerySet[StockNumber], name: str, typed: str) -> Any:
        return numbers.filter(country=typed.strip().upper())

    def by_region(self, numbers: QuerySet[StockNumber], name: str, typed: str) -> Any:
        return numbers.filter(region=typed.strip().upper())

    def by_ours(self, numbers: QuerySet[StockNumber], name: str, wanted: bool) -> Any:
        return numbers.filter(ours_since__isnull=False) if wanted else numbers


@require_GET
@requires(Act.VIEW_PLATFORM)
def stock(request: PlatformRequest) -> HttpResponse:
    numbers = StockNumber.objects.select_related("connection", "sku", "reserved_for")
    chosen = StockFilter(request.GET, queryset=numbers)
    page = page_by_key(chosen.qs, request, key="digits")
    context = {"filter": chosen, "page": page, "query": request.GET.urlencode()}
    template = "desk/_stock.html" if is_part(request) else "desk/stock.html"
    return render(request, template, context)


@require_GET
@requires(Act.VIEW_PLATFORM)
def export_stock(request: PlatformRequest) -> StreamingHttpResponse:
    chosen = StockFilter(request.GET, queryset=StockNumber.objects.order_by("digits"))
    rows = chosen.qs.values_list(
        "digits",
        "state",
        "reason",
        "ours_since",
        "country",
        "region",
        "city",
        "rate_center",
        "number_type",
        "has_sms",
        "connection__name",
        "sku__code",
        "monthly_cost",
        "cost_currency",
    ).iterator(chunk_size=EXPORT_CHUNK)
    return csv_response("stock", EXPORT_HEADER, ([f"+{row[0]}", *row[1:]] for row in rows))


@require_GET
@requires(Act.VIEW_PLATFORM)
def stock_number(request: PlatformRequest, digits: str) -> HttpResponse:
    """Show one number with its moves."""
    known = StockNumber.objects.select_related("connection", "sku", "reserved_for")
    number = get_object_or_404(known, digits=digits)
    holding = (
        Holding.objects.filter(~Q(state=HoldingState.CLOSED), number=number)
        .select_related("tenant")
        .first()
    )
    moves = StockMove.objects.filter(digits=number.digits).order_by("-id")[:100]
    context = {"number": number, "holding": holding, "moves": moves}
    return render(request, "desk/stock_number.html", context)
