"""Coverage and prices: how many numbers each place has, and taking some of them by quantity."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import uuid4

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from billing.money import plain_amount
from listing.exporting import csv_response
from listing.paging import Page, page_by_key
from purchase import agreeing, picking
from purchase.coverage_form import CoverageForm
from purchase.picking_forms import PickRowForm
from purchase.views.searches import refreshed_at
from stock import coverage as stock_coverage
from stock import requirements
from stock.coverage import Place, Row
from stock.models import (
    INCLUDED_CHANNELS,
    MAX_CHANNELS,
    Coverage,
    NumberType,
    Price,
    Requirement,
)
from stock.regions import country_name, region_name
from tenants.http import TenantRequest, is_part
from tenants.permissions import Act, requires

CSV_HEADER = [
    "Country",
    "City",
    "Region",
    "Prefix",
    "Type",
    "Available",
    "With SMS",
    "Setup",
    "Monthly",
    "Minimum months",
    "Per minute",
    "Connection fee",
    "Channel a month",
    "Currency",
    "Needs registration",
]


@dataclass(frozen=True, slots=True)
class CoverageOffer:
    """A row of the page at the tenant's own price."""

    key: str
    place: Place
    price: Price
    available: int
    with_sms: int
    # What is paid at once, at least.
    months: int
    needs_registration: bool
    # What was typed into the row, if something was wrong with it.
    sent: PickRowForm | None = None

    @property
    def type_label(self) -> str:
        return NumberType(self.place.number_type).label

    @property
    def region_name(self) -> str:
        return region_name(self.place.country, self.place.region)

    @property
    def unit_price(self) -> int:
        """Setup and the first period of one number, in minor units."""
        return self.price.setup_price + self.price.period_price(self.months)

    @property
    def most(self) -> int:
        return min(self.available, picking.MAX_QUANTITY)


@require_GET
@requires(Act.SEE_NUMBERS)
def coverage(request: TenantRequest) -> HttpResponse:
    page = "purchase/_coverage.html" if is_part(request) else "purchase/coverage.html"
    return render(request, page, contents(read_form(request), request))


def read_form(request: TenantRequest) -> CoverageForm:
    terms = stock_coverage.terms_of(request.tenant, at=request.at)
    return CoverageForm(request.GET, tenant=request.tenant, terms=terms)


def contents(
    form: CoverageForm, request: TenantRequest, sent: Sequence[PickRowForm] = ()
) -> dict[str, object]:
    """Return what the page shows; what is wrong with `sent` rows stands beside them."""
    context: dict[str, object] = {
        "form": form,
        "refreshed_at": refreshed_at(),
        "included": INCLUDED_CHANNELS,
        "most_channels": MAX_CHANNELS,
        "most": picking.MAX_QUANTITY,
        "problems": [problem for one in sent for problem in one.problems],
        "query": request.GET.urlencode(),
        "token": uuid4(),
    }
    if form.is_valid():
        by_key = {one.place.key: one for one in sent}
        found, rules = rows_found(form)
        page: Page[Coverage] = page_by_key(cast(QuerySet[Coverage], found), request, key="key")
        rows = cast(Sequence[Row], page.rows)
        shown = list(offers(form, rows, rules, by_key))
        types = sorted({offer.place.number_type for offer in shown} & rules.keys())
        asked = agreeing.asked_by(rules[number_type] for number_type in types)
        context |= {"page": page, "offers": shown, "asked": asked}
    return context


def rows_found(form: CoverageForm) -> tuple[QuerySet[Coverage, Row], dict[str, Requirement]]:
    """Return the rows that a valid form asks for, and what each type asks there."""
    country = form.cleaned_data["country"]
    found = requirements.in_force((country, number_type) for number_type in NumberType.values)
    rules = {number_type: rule for (_, number_type), rule in found.items()}
    needing = {number_type for number_type, rule in rules.items() if rule.needs_registration}
    return stock_coverage.rows(form.criteria(needing), form.chosen_terms), rules


def offers(
    form: CoverageForm,
    rows: QuerySet[Coverage, Row] | Sequence[Row],
    rules: Mapping[str, Requirement],
    sent: Mapping[str, PickRowForm] | None = None,
) -> Iterator[CoverageOffer]:
    prices = {price.sku_id: price for price in form.chosen_terms.values()}
    for row in rows:
        place = Place.of_key(form.cleaned_data["country"], row.key)
        price, rule = prices[row.sku], rules.get(place.number_type)
        yield CoverageOffer(
            row.key,
            place,
            price,
            available=row.wanted,
            with_sms=row.sms,
            months=form.cleaned_data["months"] or price.minimum_months,
            needs_registration=rule is not None and rule.needs_registration,
            sent=(sent or {}).get(row.key),
        )


@require_GET
@requires(Act.SEE_NUMBERS)
def export_coverage(request: TenantRequest) -> HttpResponse | StreamingHttpResponse:
    form = read_form(request)
    if not form.is_valid():
        return render(request, "purchase/coverage.html", contents(form, request), status=422)
    found, rules = rows_found(form)
    listed = offers(form, found.order_by("key"), rules)
    rows = (csv_row(offer, request.tenant.currency) for offer in listed)
    return csv_response("coverage", CSV_HEADER, rows)


def csv_row(offer: CoverageOffer, currency: str) -> list[object]:
    place, price = offer.place, offer.price
    return [
        country_name(place.country),
        place.city,
        place.region,
        place.prefix,
        offer.type_label,
        offer.available,
        offer.with_sms,
        plain_amount(price.setup_price, currency),
        plain_amount(price.monthly_price, currency),
        price.minimum_months,
        price.inbound_minute_rate,
        price.connect_rate,
        plain_amount(price.channel_price, currency),
        currency,
        "yes" if offer.needs_registration else "no",
    ]
