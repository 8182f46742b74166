"""What numbers are sold as, by country, type and place."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from desk.price_lists import SkuFilter
from listing.exporting import csv_response
from listing.paging import page_by_key
from stock import skus as naming
from stock.models import NumberType, Price, Sku
from stock.regions import country_name
from stock.skus import CodeKept, NoSuchPlace, NumbersOnTheMove, SkuExists
from tenants.http import PlatformRequest, is_part
from tenants.permissions import Act, requires

EXPORT_HEADER = ["SKU", "Name", "Country", "Type", "Region", "City", "Numbers on sale"]


def code_field() -> forms.RegexField:
    return forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9-]*$",
        label="Code",
        max_length=32,
        help_text="Letters, digits and dashes, like US-GEO-NYC. It stands in files and on orders.",
        error_messages={"invalid": "Use letters, digits and dashes only, like US-GEO-NYC."},
    )


def countries() -> list[tuple[str, str]]:
    """Return the countries whose numbers carriers have offered, by name, the home market first."""
    known = Sku.objects.values_list("country", flat=True).distinct()
    names = [(code, country_name(code)) for code in known]
    return sorted(names, key=lambda one: (one[0] != "US", one[1]))


class ChangeSkuForm(forms.Form):
    code = code_field()
    name = forms.CharField(max_length=100)

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).upper()


class AddSkuForm(ChangeSkuForm):
    """A SKU for a region, or for a city."""

    country = forms.ChoiceField(choices=countries)
    number_type = forms.ChoiceField(label="Type", choices=NumberType)
    region = forms.CharField(
        label="State or region",
        required=False,
        max_length=8,
        help_text="Its code, like NY. Empty where the country has none.",
    )
    city = forms.CharField(
        required=False, max_length=80, help_text="Empty for the whole state or region."
    )

    def clean_region(self) -> str:
        return str(self.cleaned_data["region"]).upper()


@require_GET
@requires(Act.VIEW_PLATFORM)
def skus(request: PlatformRequest) -> HttpResponse:
    chosen = SkuFilter(request.GET, queryset=with_numbers(naming.present()))
    context = {
        "filter": chosen,
        "page": page_by_key(chosen.qs, request, key="code"),
        "query": request.GET.urlencode(),
    }
    template = "desk/_skus.html" if is_part(request) else "desk/skus.html"
    return render(request, template, context)


@require_GET
@requires(Act.VIEW_PLATFORM)
def export_skus(request: PlatformRequest) -> StreamingHttpResponse:
    chosen = SkuFilter(request.GET, queryset=with_numbers(naming.present().order_by("code")))
    columns = ("code", "name", "country", "number_type", "region", "city", "numbers")
    return csv_response("skus", EXPORT_HEADER, chosen.qs.values_list(*columns).iterator())


@require_http_methods(["GET", "POST"])
@requires(Act.RUN_PLATFORM)
def add_sku(request: PlatformRequest) -> HttpResponse:
    form = AddSkuForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "desk/add_sku.html", {"form": form}, status=status)
    try:
        added = naming.add_sku(**form.cleaned_data, actor=request.actor, at=request.at)
    except (SkuExists, CodeKept, NoSuchPlace, NumbersOnTheMove) as refusal:
        form.add_error(None, str(refusal))
        return render(request, "desk/add_sku.html", {"form": form}, status=422)
    messages.success(
        request, f"{added} is there, at the prices that its numbers had. Set new ones."
    )
    return redirect("desk:sku", reference=added.reference)


@require_GET
@requires(Act.VIEW_PLATFORM)
def sku(request: PlatformRequest, reference: UUID) -> HttpResponse:
    found = _find(reference)
    if is_part(request):
        return render(request, "desk/_sku_changes.html", {"sku": found, **_changes(found)})
    return _page(request, found)


@require_POST
@requires(Act.RUN_PLATFORM)
def change_sku(request: PlatformRequest, reference: UUID) -> HttpResponse:
    found, form = _find(reference), ChangeSkuForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    try:
        naming.change_sku(found, **form.cleaned_data, actor=request.actor, at=request.at)
    except (SkuExists, CodeKept) as refusal:
        form.add_error("code", str(refusal))
        return _page(request, _find(reference), form)
    messages.success(request, f"It is called {found} now.")
    return redirect("desk:sku", reference=reference)


@require_POST
@requires(Act.RUN_PLATFORM)
def remove_sku(request: PlatformRequest, reference: UUID) -> HttpResponse:
    found = _find(reference)
    if not found.is_of_a_place:
        messages.error(request, "The SKU of a whole country stays: its offers belong to it.")
        return redirect("desk:sku", reference=reference)
    try:
        naming.remove_sku(found, actor=request.actor, at=request.at)
    except NumbersOnTheMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, f"{found} is removed. Its numbers move to the next SKU that fits."
        )
    return redirect("desk:sku", reference=reference)


def with_numbers(found: QuerySet[Sku]) -> QuerySet[Sku]:
    """Add how many numbers can be bought, by the last count."""
    return found.annotate(numbers=Coalesce(Sum("coverage__available"), 0))


def _page(request: PlatformRequest, found: Sku, form: ChangeSkuForm | None = None) -> HttpResponse:
    prices = Price.objects.filter(sku=found, valid__contains=request.at)
    context = {
        "sku": found,
        "numbers": found.coverage.aggregate(all=Sum("available", default=0))["all"],
        "prices": prices.select_related("price_list__group").order_by(
            "price_list__currency", F("price_list__group__name").asc(nulls_first=True)
        ),
        "form": form or ChangeSkuForm(initial={"code": found.code, "name": found.name}),
        **_changes(found),
    }
    return render(request, "desk/sku.html", context, status=422 if form else 200)


def _changes(found: Sku) -> dict[str, object]:
    changes = list(found.changes.order_by("-id")[:20])
    return {"changes": changes, "is_moving": any(one.ended_at is None for one in changes)}


def _find(reference: UUID) -> Sku:
    return get_object_or_404(Sku, reference=reference)
