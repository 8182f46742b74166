"""Everything that was asked of carriers for orders, over all tenants."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from carriers.models import OPEN_OPERATIONS, Connection, Operation, OperationKind, OperationState
from listing.exporting import csv_response
from listing.paging import page_by_key
from stock.digits import AFTER_DIGITS
from tenants.http import PlatformRequest, is_part
from tenants.permissions import Act, requires

EXPORT_CHUNK = 2000
EXPORT_HEADER = [
    "Number",
    "State",
    "Carrier",
    "Tenant",
    "Written at (UTC)",
    "Sent at (UTC)",
    "Sendings",
    "Silences",
    "Carrier's order",
    "Carrier's status",
    "Carrier's reason",
    "Last error",
    "Reference",
]


class OperationFilter(django_filters.FilterSet):
    """Which purchases to show. The number is given by its first digits, plus or not."""

    number = django_filters.CharFilter(method="by_number", label="Number begins with")
    state = django_filters.ChoiceFilter(choices=OperationState, empty_label="Any state")
    connection = django_filters.ModelChoiceFilter(
        queryset=Connection.objects.order_by("name"), empty_label="Any carrier", label="Carrier"
    )
    tenant = django_filters.CharFilter(
        field_name="tenant__name", lookup_expr="icontains", label="Tenant's name"
    )
    open = django_filters.BooleanFilter(
        method="by_open", label="Only those without an end", widget=forms.CheckboxInput
    )

    class Meta:
        model = Operation
        fields: list[str] = []

    def by_number(self, operations: QuerySet[Operation], name: str, typed: str) -> Any:
        digits = "".join(filter(str.isdigit, typed))
        within = {"digits__gte": digits, "digits__lt": digits + AFTER_DIGITS}
        return operations.filter(**within) if digits else operations

    def by_open(self, operations: QuerySet[Operation], name: str, wanted: bool) -> Any:
        return operations.filter(state__in=OPEN_OPERATIONS) if wanted else operations


@require_GET
@requires(Act.VIEW_PLATFORM)
def operations(request: PlatformRequest) -> HttpResponse:
    purchases = _purchases().select_related("connection", "tenant")
    chosen = OperationFilter(request.GET, queryset=purchases)
    context = {
        "filter": chosen,
        "page": page_by_key(chosen.qs, request, key="id", newest_first=True),
        "query": request.GET.urlencode(),
    }
    page = "desk/_operations.html" if is_part(request) else "desk/operations.html"
    return render(request, page, context)


@require_GET
@requires(Act.VIEW_PLATFORM)
def export_operations(request: PlatformRequest) -> StreamingHttpResponse:
    chosen = OperationFilter(request.GET, queryset=_purchases().order_by("-id"))
    rows = chosen.qs.values_list(
        "digits",
        "state",
        "connection__name",
        "tenant__name",
        "created_at",
        "sent_at",
        "sendings",
        "silences",
        "carrier_order_id",
        "carrier_status",
        "carrier_reason",
        "last_error",
        "reference",
    ).iterator(chunk_size=EXPORT_CHUNK)
    return csv_response("operations", EXPORT_HEADER, ([f"+{row[0]}", *row[1:]] for row in rows))


def _purchases() -> QuerySet[Operation]:
    return Operation.objects.filter(kind=OperationKind.PURCHASE)
