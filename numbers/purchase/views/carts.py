"""The cart: what is held for the tenant, for how long, and what it costs."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from purchase import agreeing, alternatives, changing, charging, picking
from purchase import cart as carts
from purchase.changing import (
    ChangeAllForm,
    ChangeLineForm,
    NotHeld,
    NotInCart,
    PeriodTooShort,
)
from purchase.forms import problems_of
from stock.digits import NotANumber, phone
from stock.models import INCLUDED_CHANNELS, MAX_CHANNELS
from tenants.http import TenantRequest
from tenants.permissions import Act, Role, requires


@require_GET
@requires(Act.SEE_NUMBERS)
def cart(request: TenantRequest) -> HttpResponse:
    return render(request, "purchase/cart.html", contents(request))


def contents(request: TenantRequest) -> dict[str, object]:
    """Return what the cart shows: its lines as they stand, and what could replace lost ones."""
    opened = carts.open_cart(tenant=request.tenant, at=request.at)
    lost = alternatives.of_lost(opened, tenant=request.tenant, at=request.at)
    return {
        "cart": opened,
        "groups": picking.groups(opened.entries),
        "most_quantity": picking.MAX_QUANTITY,
        "included": INCLUDED_CHANNELS,
        "most_channels": MAX_CHANNELS,
        "singles": [entry for entry in opened.held if not entry.line.pick_id],
        "free_again": [entry.digits for entry in opened.lapsed if entry.can_be_held],
        "lapsed": [each for each in lost if each.entry.is_sold],
        "unsold": [each for each in lost if not each.entry.is_sold],
        "waiting": charging.waiting_for_bank(),
        "asked": agreeing.asked_by(opened.asked),
        "may_pay": Role(request.role) in Act.PAY.roles,
        "hold_minutes": carts.hold_minutes(),
        "change_all_form": ChangeAllForm(),
    }


@require_POST
@requires(Act.SEE_NUMBERS)
def add_to_cart(request: TenantRequest) -> HttpResponse:
    """Hold the wanted numbers, say what became of each, and go on to the cart or the search."""
    wanted = request.POST.getlist("number")
    added = carts.add(wanted, tenant=request.tenant, actor=request.actor, at=request.at)
    if added.digits:
        count = len(added.digits)
        what = f"{count} numbers are" if count > 1 else f"{phone(added.digits[0])} is"
        messages.success(
            request, f"{what} in the cart, held for you for {carts.hold_minutes()} minutes."
        )
    for why_not in added.refused:
        messages.warning(request, why_not)
    if not wanted:
        messages.info(request, "Tick the numbers you want first.")
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    goes_back = is_ours and not added.digits
    return HttpResponseRedirect(back if goes_back else reverse("purchase:cart"))


@require_POST
@requires(Act.SEE_NUMBERS)
def change_line(request: TenantRequest) -> HttpResponse:
    """Take another period or number of channels for one number."""
    digits, form = request.POST.get("number", ""), ChangeLineForm(request.POST)
    if not form.is_valid():
        return refuse(request, problems_of(form))
    try:
        changing.change_line(digits, **form.cleaned_data, tenant=request.tenant, at=request.at)
    except (NotInCart, PeriodTooShort) as refusal:
        return refuse(request, [str(refusal)])
    return show(request, f"{phone(digits)} is changed.")


@require_POST
@requires(Act.SEE_NUMBERS)
def change_all(request: TenantRequest) -> HttpResponse:
    """Take another period or number of channels for the whole cart."""
    form = ChangeAllForm(request.POST)
    if not form.is_valid():
        return refuse(request, problems_of(form))
    kept = changing.change_all(**form.cleaned_data, tenant=request.tenant, at=request.at)
    if kept:
        count = f"{len(kept)} of them are" if len(kept) > 1 else f"{phone(kept[0])} is"
        return show(request, f"The numbers are changed; {count} sold for a longer period only.")
    return show(request, "The numbers are changed.")


@require_POST
@requires(Act.SEE_NUMBERS)
def replace_line(request: TenantRequest) -> HttpResponse:
    """Hold another number in the place of one that was lost."""
    digits, other = request.POST.get("number", ""), request.POST.get("by", "")
    try:
        changing.replace(
            digits, by=other, tenant=request.tenant, actor=request.actor, at=request.at
        )
    except (NotANumber, NotInCart, NotHeld) as refusal:
        return refuse(request, [str(refusal)])
    return show(request, f"{phone(other)} is held for you now, in the place of {phone(digits)}.")


@require_POST
@requires(Act.SEE_NUMBERS)
def extend_holds(request: TenantRequest) -> HttpResponse:
    if carts.extend(tenant=request.tenant, at=request.at):
        messages.success(request, "The numbers are held for longer.")
    else:
        longest = round(carts.longest_hold().total_seconds() / 60)
        messages.warning(
            request,
            f"Nothing can be held any longer: {longest} minutes is the most. Pay now, or add it "
            "anew.",
        )
    return HttpResponseRedirect(reverse("purchase:cart"))


@require_POST
@requires(Act.SEE_NUMBERS)
def remove_from_cart(request: TenantRequest) -> HttpResponse:
    digits = request.POST.get("number", "")
    if carts.remove(digits, tenant=request.tenant, at=request.at):
        messages.success(request, f"{phone(digits)} is no longer in the cart.")
    return HttpResponseRedirect(reverse("purchase:cart"))


def show(request: TenantRequest, news: str) -> HttpResponse:
    """Show the changed cart, and say what was changed."""
    if not request.htmx:
        messages.success(request, news)
        return HttpResponseRedirect(reverse("purchase:cart"))
    response = render(request, "purchase/_cart.html", contents(request))
    return trigger_client_event(response, "announce", {"text": news})


def refuse(request: TenantRequest, problems: list[str]) -> HttpResponse:
    """Show the cart as it is, and say what is wrong with what was asked."""
    page = "purchase/_cart.html" if request.htmx else "purchase/cart.html"
    return render(request, page, contents(request) | {"problems": problems}, status=422)
