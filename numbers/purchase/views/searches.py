"""Searching for numbers in our own index; no carrier is asked."""

from datetime import datetime

from django.contrib import messages
from django.db.models import Min
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from carriers.models import Connection
from purchase import cart as carts
from purchase.results import answer
from purchase.searching_form import BlockForm, PlaceForm, SearchForm
from purchase.toll_free_form import TollFreeForm
from stock import counts
from stock.blocks import Block
from tenants.http import TenantRequest, is_part
from tenants.permissions import Act, requires

MAX_SUGGESTIONS = 12


@require_GET
@requires(Act.SEE_NUMBERS)
def search(request: TenantRequest) -> HttpResponse:
    is_asked = "country" in request.GET or "region" in request.GET
    form = SearchForm(
        request.GET if is_asked else None, initial={"country": request.tenant.country}
    )
    context: dict[str, object] = {"form": form, "refreshed_at": refreshed_at()}
    if is_asked and form.is_valid():
        context["results"] = answer(form.wanted, request)
    page = "purchase/_search.html" if is_part(request) else "purchase/search.html"
    return render(request, page, context)


@require_GET
@requires(Act.SEE_NUMBERS)
def toll_free(request: TenantRequest) -> HttpResponse:
    is_asked = not {"show", "pattern", "npa"}.isdisjoint(request.GET)
    mode = request.GET.get("mode", "")
    form = TollFreeForm(request.GET if is_asked else None, initial={"mode": mode})
    context: dict[str, object] = {"form": form, "refreshed_at": refreshed_at()}
    if is_asked and form.is_valid():
        context["results"] = answer(form.wanted, request, size=form.size, fields={"pattern"})
    page = "purchase/_toll_free.html" if is_part(request) else "purchase/toll_free.html"
    return render(request, page, context)


@require_POST
@requires(Act.SEE_NUMBERS)
def add_block(request: TenantRequest) -> HttpResponse:
    """Hold every number of a block that can be held, and say why of each that cannot."""
    form = BlockForm(request.POST)
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    if not form.is_valid():
        messages.warning(request, "That is no block of numbers. Choose one from the list.")
        return HttpResponseRedirect(back if is_ours else reverse("purchase:search"))
    block = Block(**form.cleaned_data)
    added = carts.add(block.digits, tenant=request.tenant, actor=request.actor, at=request.at)
    if added.digits:
        count = len(added.digits)
        what = f"{count} of {block.size} numbers of the block are in the cart"
        messages.success(request, f"{what}, held for you for {carts.hold_minutes()} minutes.")
    for why_not in added.refused:
        messages.warning(request, why_not)
    goes_back = is_ours and not added.digits
    return HttpResponseRedirect(back if goes_back else reverse("purchase:cart"))


@require_GET
@requires(Act.SEE_NUMBERS)
def cities(request: TenantRequest) -> HttpResponse:
    """Suggest cities of the chosen state that begin as typed."""
    form, suggested = PlaceForm(request.GET), []
    if form.is_valid():
        chosen = form.cleaned_data
        suggested = counts.cities(
            chosen["country"],
            chosen["region"],
            starts_with=chosen["city"],
            has_sms=chosen["sms"],
            limit=MAX_SUGGESTIONS,
        )
    return render(request, "purchase/_suggestions.html", {"suggested": suggested})


@require_GET
@requires(Act.SEE_NUMBERS)
def rate_centers(request: TenantRequest) -> HttpResponse:
    """Suggest rate centers of the chosen state that begin as typed."""
    form, suggested = PlaceForm(request.GET), []
    if form.is_valid():
        chosen = form.cleaned_data
        known = counts.rate_centers(chosen["country"], chosen["region"], has_sms=chosen["sms"])
        typed = chosen["rate_center"].upper()
        suggested = [choice for choice in known if choice.value.startswith(typed)]
    return render(request, "purchase/_suggestions.html", {"suggested": suggested[:MAX_SUGGESTIONS]})


def refreshed_at() -> datetime | None:
    """Tell since when the index of the least fresh carrier stands."""
    buying = Connection.objects.filter(is_buying_allowed=True)
    oldest: datetime | None = buying.aggregate(oldest=Min("synced_at"))["oldest"]
    return oldest
