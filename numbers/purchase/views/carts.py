"""The cart: what is held for the tenant, for how long, and what it costs."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from purchase import cart as carts
from purchase import picking
from stock.digits import phone
from stock.models import INCLUDED_CHANNELS, MAX_CHANNELS
from tenants.http import TenantRequest
from tenants.permissions import Act, Role, requires


@require_GET
@requires(Act.SEE_NUMBERS)
def cart(request: TenantRequest) -> HttpResponse:
    return render(request, "purchase/cart.html", contents(request))


def contents(request: TenantRequest) -> dict[str, object]:
    """Return what the cart shows: numbers that were picked by quantity, and all others."""
    opened = carts.open_cart(tenant=request.tenant, at=request.at)
    return {
        "cart": opened,
        "groups": picking.groups(opened.entries),
        "most_quantity": picking.MAX_QUANTITY,
        "included": INCLUDED_CHANNELS,
        "most_channels": MAX_CHANNELS,
        "singles": [entry for entry in opened.entries if not entry.line.pick_id],
        "may_pay": Role(request.role) in Act.PAY.roles,
    }


@require_POST
@requires(Act.SEE_NUMBERS)
def add_to_cart(request: TenantRequest) -> HttpResponse:
    """Hold the ticked numbers, say what became of each, and go on to the cart or the search."""
    wanted = request.POST.getlist("number")
    added = carts.add(wanted, tenant=request.tenant, actor=request.actor, at=request.at)
    if added.digits:
        count = len(added.digits)
        what = f"{count} numbers are" if count > 1 else f"{phone(added.digits[0])} is"
        messages.success(request, f"{what} in the cart, held for you for 15 minutes.")
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
def extend_holds(request: TenantRequest) -> HttpResponse:
    if carts.extend(tenant=request.tenant, at=request.at):
        messages.success(request, "The numbers are held for longer.")
    else:
        messages.warning(
            request, "Nothing can be held any longer: an hour is the most. Pay now, or add it anew."
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
    messages.success(request, news)
    return HttpResponseRedirect(reverse("purchase:cart"))


def refuse(request: TenantRequest, problems: list[str]) -> HttpResponse:
    """Show the cart as it is, and say what is wrong with what was asked."""
    context = contents(request) | {"problems": problems}
    return render(request, "purchase/cart.html", context, status=422)
