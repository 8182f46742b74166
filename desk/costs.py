"""What carriers ask us for a SKU where they name no cost of the number itself."""

from uuid import UUID

import django_filters
from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from carriers.models import Connection
from desk.price_lists import SkuFilter
from desk.sku_prices import amount_field, midnight
from listing.exporting import csv_response
from listing.paging import page_by_key
from stock import recosting
from stock.cost_sheet import COST_DECIMALS, HEADER, cells_of
from stock.models import Cost, Sku
from stock.recosting import CostTerms
from stock.repricing import NotInForce, NotToCome, SkuRemoved
from stock.timelines import moment
from tenants.http import PlatformRequest, is_part
from tenants.permissions import Act, requires

SHOWN = {"now": "Now", "to_come": "To come", "past": "Past"}
LISTED = 50
EXPORT_CHUNK = 2000


class CostFilter(SkuFilter):
    """Which SKUs to show costs of."""

    connection = django_filters.ModelChoiceFilter(
        queryset=Connection.objects.order_by("name"),
        to_field_name="reference",
        method="of_any",
        empty_label="Any carrier",
        label="Carrier",
    )

    def of_any(self, skus: QuerySet[Sku], name: str, chosen: Connection) -> QuerySet[Sku]:
        """Leave it to the costs: a SKU fits if one and the same cost is of the carrier and time."""
        return skus


class ChooseCostForm(forms.Form):
    """Of which SKU at which carrier a cost is to be set."""

    connection = forms.ModelChoiceField(
        Connection.objects.order_by("name"),
        to_field_name="reference",
        label="Carrier",
        empty_label=None,
    )
    sku = forms.CharField(label="SKU", max_length=32, help_text="Its code, like US-GEO.")

    def __init__(self, data: QueryDict | None = None) -> None:
        # The filters of the same page have a carrier, too.
        super().__init__(data, auto_id="choose_%s")

    def clean_sku(self) -> Sku:
        code = str(self.cleaned_data["sku"]).strip().upper()
        found = Sku.objects.filter(code=code, removed_at=None).first()
        if found is None:
            raise forms.ValidationError(f"There is no SKU {code}. SKUs lists them all.")
        return found


class CostForm(forms.Form):
    """A cost as staff type it, in whole units."""

    begins_on = forms.DateField(
        label="From",
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text="The day it begins, UTC. Empty means from now on.",
    )
    currency = forms.CharField(max_length=3, min_length=3, help_text="Three letters, like USD.")
    setup = amount_field("Setup, once", decimal_places=COST_DECIMALS)
    month = amount_field("A month", decimal_places=COST_DECIMALS)

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).upper()
        if not recosting.is_currency(code):
            raise forms.ValidationError(f"{code} is no currency. Write it like USD.")
        return code

    @property
    def terms(self) -> CostTerms:
        """What a valid form says."""
        typed = self.cleaned_data
        return CostTerms(typed["setup"], typed["month"], typed["currency"])


@require_GET
@requires(Act.VIEW_PLATFORM)
def costs(request: PlatformRequest) -> HttpResponse:
    return _overview(request, ChooseCostForm())


@require_POST
@requires(Act.RUN_PLATFORM)
def choose_cost(request: PlatformRequest) -> HttpResponse:
    form = ChooseCostForm(request.POST)
    if not form.is_valid():
        return _overview(request, form)
    chosen = form.cleaned_data
    return _to(chosen["connection"], chosen["sku"])


@require_GET
@requires(Act.VIEW_PLATFORM)
def export_costs(request: PlatformRequest) -> StreamingHttpResponse:
    """Answer with a file that can be sent in again: what is shown, or all from now on."""
    chosen = CostFilter(request.GET, queryset=Sku.objects.all())
    found = _of_carrier(Cost.objects.filter(sku__in=chosen.qs), chosen)
    show = request.GET.get("show", "")
    from_now_on = Q(valid__endswith__gt=request.at) | Q(valid__endswith=None)
    found = _shown_of(found, show, request) if show in SHOWN else found.filter(from_now_on)
    rows = found.select_related("sku", "connection").order_by(
        "connection__name", "sku__code", "valid"
    )
    return csv_response("costs", HEADER, (cells_of(one) for one in rows.iterator(EXPORT_CHUNK)))


@require_GET
@requires(Act.VIEW_PLATFORM)
def sku_cost(request: PlatformRequest, connection: UUID, sku: UUID) -> HttpResponse:
    return _page(request, *_subject(connection, sku))


@require_POST
@requires(Act.RUN_PLATFORM)
def set_cost(request: PlatformRequest, connection: UUID, sku: UUID) -> HttpResponse:
    carrier, costed = _subject(connection, sku)
    form = CostForm(request.POST)
    if not form.is_valid():
        return _page(request, carrier, costed, form)
    try:
        version = recosting.set_cost(
            carrier,
            costed,
            form.terms,
            begins_at=midnight(form),
            actor=request.actor,
            at=request.at,
        )
    except SkuRemoved as refusal:
        form.add_error(None, str(refusal))
        return _page(request, carrier, costed, form)
    since = "now on" if version.begins_at == request.at else moment(version.begins_at)
    messages.success(request, f"{costed} has a new cost at {carrier} from {since}.")
    return _to(carrier, costed)


@require_POST
@requires(Act.RUN_PLATFORM)
def withdraw_cost(request: PlatformRequest, reference: UUID) -> HttpResponse:
    cost = _cost(reference)
    try:
        recosting.withdraw_cost(cost, actor=request.actor, at=request.at)
    except NotToCome as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The cost is withdrawn. The one before it goes on.")
    return _to(cost.connection, cost.sku)


@require_POST
@requires(Act.RUN_PLATFORM)
def end_cost(request: PlatformRequest, reference: UUID) -> HttpResponse:
    cost = _cost(reference)
    try:
        recosting.end_cost(cost, actor=request.actor, at=request.at)
    except NotInForce as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The cost has ended.")
    return _to(cost.connection, cost.sku)


def _overview(request: PlatformRequest, form: ChooseCostForm) -> HttpResponse:
    show = request.GET.get("show", "now")
    chosen = CostFilter(request.GET, queryset=Sku.objects.all())
    found = _shown_of(_of_carrier(Cost.objects.all(), chosen), show, request)
    with_costs = chosen.qs.filter(Exists(found.filter(sku=OuterRef("pk"))))
    page = page_by_key(with_costs, request, key="code")
    query = request.GET.copy()
    for name in ("show", "after", "before"):
        query.pop(name, None)
    context = {
        "filter": chosen,
        "page": page,
        "costs": found.filter(sku__in=page.rows)
        .select_related("sku", "connection")
        .order_by("sku__code", "connection__name", "valid"),
        "show": show,
        "shown": SHOWN.items(),
        "kept": query.urlencode(),
        "query": request.GET.urlencode(),
        "form": form,
    }
    template = "desk/_costs.html" if is_part(request) else "desk/costs.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


def _of_carrier(found: QuerySet[Cost], chosen: CostFilter) -> QuerySet[Cost]:
    connection = chosen.form.cleaned_data.get("connection") if chosen.form.is_valid() else None
    return found.filter(connection=connection) if connection else found


def _shown_of(found: QuerySet[Cost], show: str, request: PlatformRequest) -> QuerySet[Cost]:
    ways = {
        "to_come": Q(valid__startswith__gt=request.at),
        "past": Q(valid__endswith__lte=request.at),
    }
    return found.filter(ways.get(show, Q(valid__contains=request.at)))


def _page(
    request: PlatformRequest, connection: Connection, sku: Sku, form: CostForm | None = None
) -> HttpResponse:
    found = list(Cost.objects.filter(connection=connection, sku=sku).order_by("-valid")[:LISTED])
    present = next((one for one in found if request.at in one.valid), None)
    newest = present or (found[0] if found else None)
    initial = {"currency": connection.carrier_currency or "USD"}
    if newest:
        initial = {
            "currency": newest.currency,
            "setup": f"{newest.setup_cost.normalize():f}",
            "month": f"{newest.monthly_cost.normalize():f}",
        }
    context = {
        "connection": connection,
        "sku": sku,
        "costs": found,
        "form": form or CostForm(initial=initial),
        "at": request.at,
    }
    return render(request, "desk/sku_cost.html", context, status=422 if form else 200)


def _subject(connection: UUID, sku: UUID) -> tuple[Connection, Sku]:
    return (
        get_object_or_404(Connection, reference=connection),
        get_object_or_404(Sku, reference=sku),
    )


def _cost(reference: UUID) -> Cost:
    return get_object_or_404(Cost.objects.select_related("connection", "sku"), reference=reference)


def _to(connection: Connection, sku: Sku) -> HttpResponseRedirect:
    return redirect("desk:sku-cost", connection=connection.reference, sku=sku.reference)
