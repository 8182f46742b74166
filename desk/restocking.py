"""Buying for our own stock: what carriers offer, what it would cost, and the yes."""

from collections.abc import Mapping
from typing import Any

import django_filters
import phonenumbers
from django.db.models import Max, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from carriers.models import Connection
from desk.skus import countries
from listing.paging import page_by_key
from stock import costing, restocking
from stock.digits import AFTER_DIGITS, NotANumber, parse_digits
from stock.models import NumberType, StockNumber
from stock.restocking import (
    MAX_NUMBERS,
    CostChanged,
    CostUnknown,
    NoLongerOffered,
    NothingChosen,
    QuoteExpired,
)
from tenants.http import PlatformRequest, go, is_part
from tenants.permissions import Act, requires

# As many rows as may be bought at once.
PAGE_SIZE = MAX_NUMBERS
Refusal = NotANumber | NoLongerOffered | CostChanged | CostUnknown | NothingChosen | QuoteExpired


class OfferFilter(django_filters.FilterSet):
    """Which of the carriers' offers to show."""

    country = django_filters.ChoiceFilter(choices=countries, empty_label=None)
    number_type = django_filters.ChoiceFilter(
        choices=NumberType, empty_label="Any type", label="Type"
    )
    region = django_filters.CharFilter(method="by_region", label="State or region")
    npa = django_filters.CharFilter(method="by_area_code", label="Area code")
    city = django_filters.CharFilter(lookup_expr="istartswith", label="City begins with")
    connection = django_filters.ModelChoiceFilter(
        queryset=Connection.objects.order_by("name"),
        to_field_name="reference",
        empty_label="Any carrier",
        label="Carrier",
    )
    most = django_filters.NumberFilter(
        field_name="monthly_cost",
        lookup_expr="lte",
        label="At most a month",
        min_value=0,
        decimal_places=4,
        help_text="As the carrier names it, in its currency.",
    )

    class Meta:
        model = StockNumber
        fields: list[str] = []

    def by_region(self, numbers: QuerySet[StockNumber], name: str, typed: str) -> Any:
        return numbers.filter(region=typed.strip().upper())

    def by_area_code(self, numbers: QuerySet[StockNumber], name: str, typed: str) -> Any:
        """By the leading digits, which pages are sorted by, and not by a column that is not."""
        code = "".join(filter(str.isdigit, typed))
        prefix = f"{phonenumbers.country_code_for_region(self.data['country'])}{code}"
        begun = numbers.filter(digits__gte=prefix, digits__lt=prefix + AFTER_DIGITS)
        return begun if prefix.startswith("1") else begun.filter(npa__startswith=code)


@require_GET
@requires(Act.VIEW_PLATFORM)
def offers(request: PlatformRequest) -> HttpResponse:
    template = "desk/_offers.html" if is_part(request) else "desk/offers.html"
    return _page(request, request.GET, template)


@require_POST
@requires(Act.RUN_PLATFORM)
def quote_offers(request: PlatformRequest) -> HttpResponse:
    """Answer with the dialog that names the total, or with why there is none."""
    try:
        digits = [parse_digits(f"+{ticked}") for ticked in request.POST.getlist("number")]
        quote = restocking.quote_numbers(digits, at=request.at)
    except (NotANumber, NoLongerOffered, CostUnknown, NothingChosen) as refusal:
        return _refuse(request, refusal)
    context = {"quote": quote, "sealed": restocking.seal(quote), "count": len(quote.costs)}
    if request.htmx:
        return render(request, "desk/_stock_quote.html", context)
    return _page(request, QueryDict(), "desk/offers.html", more=context)


@require_POST
@requires(Act.RUN_PLATFORM)
def buy_for_stock(request: PlatformRequest) -> HttpResponse:
    """Buy what the button named. A second press finds the first purchase."""
    try:
        quote = restocking.unseal(request.POST.get("quote", ""))
        purchase = restocking.buy_for_stock(quote, actor=request.actor, at=request.at)
    except (QuoteExpired, NoLongerOffered, CostChanged, CostUnknown) as refusal:
        return _refuse(request, refusal)
    path = reverse("desk:stock-purchase", args=[purchase.reference])
    return go(request, path)


def _refuse(request: PlatformRequest, refusal: Refusal) -> HttpResponse:
    """Say in the place of the dialog why nothing was bought."""
    context = {"problem": str(refusal)}
    if request.htmx:
        return render(request, "desk/_stock_quote.html", context, status=422)
    return _page(request, QueryDict(), "desk/offers.html", more=context, status=422)


def _page(
    request: PlatformRequest,
    asked: QueryDict,
    template: str,
    *,
    more: Mapping[str, object] | None = None,
    status: int = 200,
) -> HttpResponse:
    known = countries()
    asked = asked.copy()
    if asked.get("country") not in dict(known):
        asked["country"] = known[0][0] if known else ""
    offered = StockNumber.objects.available().filter(ours_since=None)
    chosen = OfferFilter(asked, queryset=offered.select_related("connection", "sku"))
    page = page_by_key(chosen.qs, request, key="digits", size=PAGE_SIZE)
    costs = costing.of_numbers(page.rows, at=request.at)
    context = {
        "filter": chosen,
        "page": page,
        "offers": [(number, costs.get(number.pk)) for number in page.rows],
        "not_buying": Connection.objects.filter(is_buying_allowed=False).order_by("name"),
        "refreshed_at": Connection.objects.aggregate(at=Max("synced_at"))["at"],
        **(more or {}),
    }
    return render(request, template, context, status=status)
