"""Lists of selling prices: which there are, and what each says of every SKU."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import django_filters
from django import forms
from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from listing.exporting import csv_response
from listing.paging import page_by_key
from stock import price_lists as lists
from stock.models import NumberType, Price, PriceList, Sku
from stock.price_lists import ListExists, ListInUse
from stock.price_sheet import HEADER, cells_of
from tenants.forms import named_currencies
from tenants.http import PlatformRequest, is_part
from tenants.models import StaffAct, TenantGroup
from tenants.permissions import Act, requires
from tenants.platform_settings import CURRENCIES

# What a list can show of each SKU: a key for the address, and a word for people.
SHOWN = {"now": "Now", "to_come": "To come", "past": "Past", "none": "Not priced"}
EXPORT_CHUNK = 2000


class AddListForm(forms.Form):
    name = forms.CharField(max_length=60)
    currency = forms.ChoiceField(choices=named_currencies(CURRENCIES))
    group = forms.ModelChoiceField(
        TenantGroup.objects.order_by("name"),
        required=False,
        empty_label="Everybody",
        to_field_name="reference",
        label="For",
        help_text="What a group's list leaves out, its tenants buy at the prices for everybody.",
    )


class RenameListForm(forms.Form):
    name = forms.CharField(max_length=60)


class SkuFilter(django_filters.FilterSet):
    """Which SKUs to show prices or costs of."""

    q = django_filters.CharFilter(method="by_words", label="SKU, name or place")
    country = django_filters.CharFilter(method="by_country", label="Country code")
    number_type = django_filters.ChoiceFilter(
        choices=NumberType, empty_label="Any type", label="Type"
    )

    class Meta:
        model = Sku
        fields: list[str] = []

    def by_words(self, skus: QuerySet[Sku], name: str, typed: str) -> QuerySet[Sku]:
        words = Q(code__icontains=typed) | Q(name__icontains=typed)
        return skus.filter(words | Q(city__icontains=typed) | Q(region__iexact=typed))

    def by_country(self, skus: QuerySet[Sku], name: str, typed: str) -> QuerySet[Sku]:
        return skus.filter(country=typed.strip().upper())


@dataclass(frozen=True, slots=True)
class PricedSku:
    """A SKU with those of its prices that are looked at, earliest first."""

    sku: Sku
    prices: list[Price]


@require_GET
@requires(Act.VIEW_PLATFORM)
def price_lists(request: PlatformRequest) -> HttpResponse:
    return _overview(request, AddListForm())


@require_POST
@requires(Act.RUN_PLATFORM)
def add_price_list(request: PlatformRequest) -> HttpResponse:
    form = AddListForm(request.POST)
    if not form.is_valid():
        return _overview(request, form)
    try:
        added = lists.add_list(**form.cleaned_data, actor=request.actor, at=request.at)
    except ListExists as refusal:
        form.add_error(None, str(refusal))
        return _overview(request, form)
    messages.success(request, f"{added} is there. It has no prices yet.")
    return redirect("desk:price-list", reference=added.reference)


@require_GET
@requires(Act.VIEW_PLATFORM)
def price_list(request: PlatformRequest, reference: UUID) -> HttpResponse:
    return _page(request, _find(reference))


@require_GET
@requires(Act.VIEW_PLATFORM)
def export_prices(request: PlatformRequest, reference: UUID) -> StreamingHttpResponse:
    """Answer with a file that can be sent in again: what is shown, or all from now on."""
    listed = _find(reference)
    chosen = SkuFilter(request.GET, queryset=Sku.objects.all())
    prices = Price.objects.filter(price_list=listed, sku__in=chosen.qs)
    show = request.GET.get("show", "")
    prices = shown_of(prices, show, request) if show in SHOWN else ending_after(prices, request)
    rows = prices.select_related("sku").order_by("sku__code", "valid")
    return csv_response(
        f"prices-{listed.currency.lower()}",
        HEADER,
        (cells_of(one, currency=listed.currency) for one in rows.iterator(EXPORT_CHUNK)),
    )


@require_POST
@requires(Act.RUN_PLATFORM)
def rename_price_list(request: PlatformRequest, reference: UUID) -> HttpResponse:
    listed, form = _find(reference), RenameListForm(request.POST)
    if not form.is_valid():
        return _page(request, listed, rename_form=form)
    lists.rename_list(listed, **form.cleaned_data, actor=request.actor, at=request.at)
    messages.success(request, f"The list is called {listed} now.")
    return redirect("desk:price-list", reference=reference)


@require_POST
@requires(Act.RUN_PLATFORM)
def remove_price_list(request: PlatformRequest, reference: UUID) -> HttpResponse:
    listed = _find(reference)
    try:
        lists.remove_list(listed, actor=request.actor, at=request.at)
    except ListInUse as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:price-list", reference=reference)
    messages.success(request, f"{listed} is gone.")
    return redirect("desk:price-lists")


def shown_of(prices: QuerySet[Price], show: str, request: PlatformRequest) -> QuerySet[Price]:
    """Return what holds now, or begins later, or is over; nothing for what is not priced."""
    ways = {
        "to_come": Q(valid__startswith__gt=request.at),
        "past": Q(valid__endswith__lte=request.at),
        "none": Q(pk=None),
    }
    return prices.filter(ways.get(show, Q(valid__contains=request.at)))


def ending_after(prices: QuerySet[Price], request: PlatformRequest) -> QuerySet[Price]:
    return prices.filter(Q(valid__endswith__gt=request.at) | Q(valid__endswith=None))


def _overview(request: PlatformRequest, form: AddListForm) -> HttpResponse:
    found = PriceList.objects.select_related("group").annotate(
        now=Count("prices", filter=Q(prices__valid__contains=request.at)),
        to_come=Count("prices", filter=Q(prices__valid__startswith__gt=request.at)),
    )
    context = {"lists": found.order_by("currency", "group__name"), "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "desk/price_lists.html", context, status=status)


def _page(
    request: PlatformRequest, listed: PriceList, rename_form: RenameListForm | None = None
) -> HttpResponse:
    show = request.GET.get("show", "now")
    chosen = SkuFilter(request.GET, queryset=_skus(listed, show, request))
    page = page_by_key(chosen.qs, request, key="code")
    context = {
        "list": listed,
        "filter": chosen,
        "page": page,
        "skus": _with_prices(listed, page.rows, show, request),
        "show": show,
        "shown": SHOWN.items(),
        "kept": _kept(request),
        "query": request.GET.urlencode(),
        "rename_form": rename_form or RenameListForm(initial={"name": listed.name}),
        "acts": StaffAct.objects.filter(subject=listed.reference).order_by("-id")[:10],
    }
    template = "desk/_price_list.html" if is_part(request) else "desk/price_list.html"
    return render(request, template, context, status=422 if rename_form else 200)


def _skus(listed: PriceList, show: str, request: PlatformRequest) -> QuerySet[Sku]:
    """Return the SKUs that have such a price, or, for what is not priced, none from now on."""
    prices = Price.objects.filter(price_list=listed, sku=OuterRef("pk"))
    if show == "none":
        present = Sku.objects.filter(removed_at=None)
        return present.filter(~Exists(ending_after(prices, request)))
    return Sku.objects.filter(Exists(shown_of(prices, show, request)))


def _with_prices(
    listed: PriceList, skus: Iterable[Sku], show: str, request: PlatformRequest
) -> list[PricedSku]:
    found = {sku.pk: PricedSku(sku, []) for sku in skus}
    prices = Price.objects.filter(price_list=listed, sku__in=found)
    for price in shown_of(prices, show, request).order_by("valid"):
        found[price.sku_id].prices.append(price)
    return list(found.values())


def _kept(request: PlatformRequest) -> str:
    """Return the filters without what is shown and the page, for the chips."""
    query = request.GET.copy()
    for name in ("show", "after", "before"):
        query.pop(name, None)
    return query.urlencode()


def _find(reference: UUID) -> PriceList:
    return get_object_or_404(PriceList.objects.select_related("group"), reference=reference)
