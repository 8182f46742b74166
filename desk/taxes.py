"""Rates of value-added tax by country and day: finding, setting and withdrawing them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import django_filters
from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.views.decorators.http import require_GET, require_POST

from listing.exporting import csv_response
from listing.paging import page_by_key
from stock import vat_rates
from stock.models import VatRate
from stock.regions import country_name
from stock.vat import TAXED
from stock.vat_rates import LaterRate, RateInThePast, SameRate, StopsSales
from tenants.forms import COUNTRIES
from tenants.http import PlatformRequest, is_part
from tenants.models import StaffAct, StaffActKind
from tenants.permissions import Act, requires

EXPORT_HEADER = ["Country", "Name", "Percent", "From", "Until"]
ACTS = [StaffActKind.VAT_RATE_SET, StaffActKind.VAT_RATE_WITHDRAWN]


class RateFilter(django_filters.FilterSet):
    """Which countries' rates to show."""

    country = django_filters.ChoiceFilter(
        choices=COUNTRIES, empty_label="Any country", label="Country"
    )

    class Meta:
        model = VatRate
        fields: list[str] = []


class VatRateForm(forms.Form):
    """A rate and the day from which it holds. The filter beside it has a country, too: own ids."""

    country = forms.ChoiceField(choices=[("", "Choose a country"), *COUNTRIES])
    percent = forms.DecimalField(
        label="Rate in percent", min_value=Decimal(0), max_value=Decimal(50), decimal_places=2
    )
    first_day = forms.DateField(
        label="From",
        widget=forms.DateInput({"type": "date"}),
        help_text="It begins at midnight where the tenant is, and ends the rate before it.",
    )

    may_stop_sales = forms.BooleanField(
        label="Sell nothing there until then",
        required=False,
        help_text="Only for the first rate of a country, if it begins later than today.",
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="rate_%s")


@dataclass(frozen=True, slots=True)
class CountryRates:
    """The rates of one country: what holds today, what is planned, what was."""

    country: str
    now: VatRate | None
    planned: Sequence[VatRate]
    past: Sequence[VatRate]

    @property
    def name(self) -> str:
        return country_name(self.country)


@require_GET
@requires(Act.RUN_PLATFORM)
def taxes(request: PlatformRequest) -> HttpResponse:
    return _page(request, VatRateForm())


@require_GET
@requires(Act.RUN_PLATFORM)
def export_taxes(request: PlatformRequest) -> StreamingHttpResponse:
    rates = RateFilter(request.GET, queryset=VatRate.objects.order_by("country", "valid")).qs
    return csv_response("vat-rates", EXPORT_HEADER, _export_rows(rates))


@require_POST
@requires(Act.RUN_PLATFORM)
def set_vat_rate(request: PlatformRequest) -> HttpResponse:
    form = VatRateForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    try:
        rate = vat_rates.set_rate(**form.cleaned_data, actor=request.actor, at=request.at)
    except RateInThePast:
        form.add_error("first_day", "Choose today or a later day: what was charged stays.")
        return _page(request, form)
    except LaterRate as later:
        form.add_error("first_day", str(later))
        return _page(request, form)
    except StopsSales:
        form.add_error(
            "may_stop_sales",
            f"{country_name(form.cleaned_data['country'])} has no rate yet, and once it has one, "
            "nothing is sold there before that begins. Tick this, or let it begin today.",
        )
        return _page(request, form)
    except SameRate:
        form.add_error("percent", "This is the rate already.")
        return _page(request, form)
    first_day = date_format(rate.valid.lower, "M j, Y")
    messages.success(request, f"{country_name(rate.country)}: {rate.percentage} from {first_day}.")
    return redirect("desk:taxes")


@require_POST
@requires(Act.RUN_PLATFORM)
def withdraw_vat_rate(request: PlatformRequest, reference: UUID) -> HttpResponse:
    rate = get_object_or_404(VatRate, reference=reference)
    try:
        before = vat_rates.withdraw_rate(rate, actor=request.actor, at=request.at)
    except RateInThePast:
        messages.error(request, "This rate has begun, and stays. Set another one from today on.")
        return redirect("desk:taxes")
    name = country_name(rate.country)
    if before:
        messages.success(request, f"{name} stays with the rate before.")
    elif rate.country in TAXED:
        messages.warning(request, f"{name} has no rate, and nothing is sold there without one.")
    else:
        messages.success(request, f"{name} has no rate. No VAT is charged there.")
    return redirect("desk:taxes")


def _page(request: PlatformRequest, form: VatRateForm) -> HttpResponse:
    # Each country's last rate, which nothing ends: one for each country.
    last = VatRate.objects.filter(valid__upper_inf=True)
    chosen = RateFilter(request.GET, queryset=last)
    page = page_by_key(chosen.qs, request, key="country")
    context = {
        "filter": chosen,
        "page": page,
        "rows": _by_country([rate.country for rate in page.rows], on=request.at.date()),
        "query": request.GET.urlencode(),
        "form": form,
        "acts": StaffAct.objects.filter(kind__in=ACTS).order_by("-id")[:30],
    }
    template = "desk/_taxes.html" if is_part(request) and not form.is_bound else "desk/taxes.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


def _by_country(countries: Sequence[str], *, on: date) -> list[CountryRates]:
    rates: dict[str, list[VatRate]] = {country: [] for country in countries}
    for rate in VatRate.objects.filter(country__in=countries).order_by("-valid"):
        rates[rate.country].append(rate)
    return [
        CountryRates(
            country,
            now=next((rate for rate in of_country if on in rate.valid), None),
            planned=[rate for rate in of_country if rate.valid.lower > on],
            past=[rate for rate in of_country if rate.valid.upper and rate.valid.upper <= on],
        )
        for country, of_country in rates.items()
    ]


def _export_rows(rates: QuerySet[VatRate]) -> Iterator[list[object]]:
    for rate in rates.iterator():
        yield [
            rate.country,
            country_name(rate.country),
            f"{rate.percent.normalize():f}",
            rate.valid.lower,
            rate.valid.upper,
        ]
