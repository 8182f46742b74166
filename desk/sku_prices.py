"""What one list says of one SKU: now, later and before; and setting what it says."""

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from babel.numbers import get_currency_precision
from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from stock import repricing
from stock.amounts import LARGEST, LARGEST_RATE, minor_units, whole_units
from stock.margins import KnownCosts
from stock.models import PERIODS, Price, PriceList, Sku
from stock.price_sheet import INCREMENT_SECONDS, RATE_DECIMALS
from stock.repricing import BelowCost, NotInForce, NotToCome, PriceTerms, SkuRemoved
from stock.timelines import moment
from tenants.http import PlatformRequest
from tenants.permissions import Act, requires

SHOWN = 50


# What is typed in whole units of the list's currency: its label, and what an empty field means.
AMOUNTS = {
    "setup": ("Setup, once", ""),
    "month": ("A month", ""),
    "three_months": ("3 months", "Empty: three times a month."),
    "six_months": ("6 months", "Empty: six times a month."),
    "twelve_months": ("12 months", "Empty: twelve times a month."),
    "channel": ("Further channel", ""),
}


def amount_field(label: str, *, below: Decimal = LARGEST, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, min_value=0, max_value=below - 1, **options)


class PriceForm(forms.Form):
    """A price as staff type it."""

    begins_on = forms.DateField(
        label="From",
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text="The day it begins, UTC. Empty means from now on.",
    )
    minimum_months = forms.TypedChoiceField(
        label="Shortest period",
        choices=[(months, f"{months} month{'s' if months > 1 else ''}") for months in PERIODS],
        coerce=int,
    )
    inbound_minute = amount_field(
        "Inbound minute", below=LARGEST_RATE, decimal_places=RATE_DECIMALS
    )
    connection_fee = amount_field(
        "Connection fee", below=LARGEST_RATE, decimal_places=RATE_DECIMALS
    )
    first_seconds = forms.IntegerField(
        label="First seconds billed", min_value=1, max_value=INCREMENT_SECONDS[-1]
    )
    next_seconds = forms.IntegerField(
        label="Then steps of seconds", min_value=1, max_value=INCREMENT_SECONDS[-1]
    )
    below_cost_because = forms.CharField(
        label="Sell below cost because",
        required=False,
        max_length=200,
        help_text="Only where it may be sold for less than it costs us. Kept with your name.",
    )

    def __init__(
        self, data: QueryDict | None = None, *, currency: str, initial: Any = None
    ) -> None:
        super().__init__(data, initial=initial)
        self.currency = currency
        for name, (label, if_empty) in AMOUNTS.items():
            self.fields[name] = amount_field(
                label,
                required=not if_empty,
                help_text=if_empty,
                decimal_places=get_currency_precision(currency),
            )

    @property
    def terms(self) -> PriceTerms:
        """What a valid form says."""
        typed = self.cleaned_data
        return PriceTerms(
            setup_price=self._minor(typed["setup"]),
            monthly_price=self._minor(typed["month"]),
            quarter_price=self._minor_if_any(typed["three_months"]),
            half_year_price=self._minor_if_any(typed["six_months"]),
            year_price=self._minor_if_any(typed["twelve_months"]),
            minimum_months=typed["minimum_months"],
            channel_price=self._minor(typed["channel"]),
            inbound_minute_rate=typed["inbound_minute"],
            connect_rate=typed["connection_fee"],
            first_increment_seconds=typed["first_seconds"],
            next_increment_seconds=typed["next_seconds"],
            below_cost_because=typed["below_cost_because"],
        )

    def _minor(self, amount: Decimal) -> int:
        return minor_units(amount, self.currency)

    def _minor_if_any(self, amount: Decimal | None) -> int | None:
        return None if amount is None else self._minor(amount)


def midnight(form: forms.Form) -> datetime | None:
    """Return when the day of a valid form begins, or None for from now on."""
    day = form.cleaned_data["begins_on"]
    return datetime.combine(day, time(), UTC) if day else None


@require_GET
@requires(Act.VIEW_PLATFORM)
def sku_price(request: PlatformRequest, reference: UUID, sku: UUID) -> HttpResponse:
    return _page(request, _list(reference), get_object_or_404(Sku, reference=sku))


@require_POST
@requires(Act.RUN_PLATFORM)
def set_price(request: PlatformRequest, reference: UUID, sku: UUID) -> HttpResponse:
    listed, priced = _list(reference), get_object_or_404(Sku, reference=sku)
    form = PriceForm(request.POST, currency=listed.currency)
    if not form.is_valid():
        return _page(request, listed, priced, form)
    try:
        version = repricing.set_price(
            listed,
            priced,
            form.terms,
            begins_at=midnight(form),
            actor=request.actor,
            at=request.at,
        )
    except BelowCost as refusal:
        form.add_error("below_cost_because", str(refusal))
        return _page(request, listed, priced, form)
    except SkuRemoved as refusal:
        form.add_error(None, str(refusal))
        return _page(request, listed, priced, form)
    since = "now on" if version.begins_at == request.at else moment(version.begins_at)
    messages.success(request, f"{priced} has a new price from {since}.")
    if warning := repricing.withheld_by(listed, priced, version.terms):
        messages.warning(request, warning)
    return redirect("desk:sku-price", reference=reference, sku=sku)


@require_POST
@requires(Act.RUN_PLATFORM)
def withdraw_price(request: PlatformRequest, reference: UUID) -> HttpResponse:
    price = _price(reference)
    try:
        repricing.withdraw_price(price, actor=request.actor, at=request.at)
    except NotToCome as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The price is withdrawn. The one before it goes on.")
    return _back(price)


@require_POST
@requires(Act.RUN_PLATFORM)
def end_price(request: PlatformRequest, reference: UUID) -> HttpResponse:
    price = _price(reference)
    try:
        repricing.end_price(price, actor=request.actor, at=request.at)
    except NotInForce as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The price has ended.")
    return _back(price)


def _page(
    request: PlatformRequest, listed: PriceList, sku: Sku, form: PriceForm | None = None
) -> HttpResponse:
    prices = list(Price.objects.filter(price_list=listed, sku=sku).order_by("-valid")[:SHOWN])
    present = next((one for one in prices if request.at in one.valid), None)
    newest = present or (prices[0] if prices else None)
    costs = KnownCosts([sku.pk])
    context = {
        "list": listed,
        "sku": sku,
        "prices": prices,
        "present": present,
        "costs": costs.during(sku.pk, begins_at=request.at),
        "dearest": costs.dearest(sku.pk),
        "form": form or PriceForm(currency=listed.currency, initial=_initial(newest, listed)),
        "at": request.at,
    }
    return render(request, "desk/sku_price.html", context, status=422 if form else 200)


def _initial(price: Price | None, listed: PriceList) -> dict[str, object]:
    """Begin with what holds, so that one field alone can be changed."""
    if price is None:
        return {"channel": 0, "connection_fee": 0, "first_seconds": 60, "next_seconds": 1}
    amounts = {
        "setup": price.setup_price,
        "month": price.monthly_price,
        "three_months": price.quarter_price,
        "six_months": price.half_year_price,
        "twelve_months": price.year_price,
        "channel": price.channel_price,
    }
    whole = {
        name: None if amount is None else whole_units(amount, listed.currency)
        for name, amount in amounts.items()
    }
    return whole | {
        "minimum_months": price.minimum_months,
        "inbound_minute": f"{price.inbound_minute_rate.normalize():f}",
        "connection_fee": f"{price.connect_rate.normalize():f}",
        "first_seconds": price.first_increment_seconds,
        "next_seconds": price.next_increment_seconds,
        "below_cost_because": price.below_cost_because,
    }


def _list(reference: UUID) -> PriceList:
    return get_object_or_404(PriceList.objects.select_related("group"), reference=reference)


def _price(reference: UUID) -> Price:
    return get_object_or_404(Price.objects.select_related("price_list", "sku"), reference=reference)


def _back(price: Price) -> HttpResponseRedirect:
    return redirect("desk:sku-price", reference=price.price_list.reference, sku=price.sku.reference)
