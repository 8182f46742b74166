"""Exchange rates, which compare costs with prices and charge nothing."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from stock import rates as exchange
from stock.models import ExchangeRate
from stock.recosting import is_currency
from tenants.http import PlatformRequest
from tenants.models import StaffAct, StaffActKind
from tenants.permissions import Act, requires

MOST_PER_DOLLAR = 10_000_000


class ExchangeRateForm(forms.Form):
    currency = forms.CharField(min_length=3, max_length=3, help_text="Three letters, like EUR.")
    per_dollar = forms.DecimalField(
        label="1 USD is",
        min_value=0,
        max_value=MOST_PER_DOLLAR,
        decimal_places=6,
        help_text="So many units of the currency, like 0.90.",
    )

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).upper()
        if code == exchange.BASE:
            raise forms.ValidationError("A dollar is a dollar: every rate is counted in it.")
        if not is_currency(code):
            raise forms.ValidationError(f"{code} is no currency. Write it like EUR.")
        return code

    def clean_per_dollar(self) -> object:
        if not self.cleaned_data["per_dollar"]:
            raise forms.ValidationError("Nothing is no rate. Write it like 0.90.")
        return self.cleaned_data["per_dollar"]


@require_GET
@requires(Act.VIEW_PLATFORM)
def rates(request: PlatformRequest) -> HttpResponse:
    return _page(request, ExchangeRateForm())


@require_POST
@requires(Act.RUN_PLATFORM)
def set_rate(request: PlatformRequest) -> HttpResponse:
    form = ExchangeRateForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    exchange.set_rate(**form.cleaned_data, actor=request.actor, at=request.at)
    messages.success(request, f"The rate of {form.cleaned_data['currency']} is set.")
    return redirect("desk:rates")


def _page(request: PlatformRequest, form: ExchangeRateForm) -> HttpResponse:
    context = {
        "rates": ExchangeRate.objects.order_by("currency"),
        "unrated": exchange.unrated(),
        "form": form,
        "acts": StaffAct.objects.filter(kind=StaffActKind.RATE_SET).order_by("-id")[:10],
    }
    return render(request, "desk/rates.html", context, status=422 if form.is_bound else 200)
