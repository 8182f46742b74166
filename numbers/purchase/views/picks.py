"""Taking numbers by quantity from the coverage page, and changing in the cart what was taken."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from purchase import cart, picking
from purchase.coverage_form import CoverageForm
from purchase.forms import problems_of
from purchase.picking import Picked, PickIsGone, PlaceWish
from purchase.picking_forms import (
    ChangePickForm,
    PageIsIncomplete,
    PickRowForm,
    RemovePickForm,
    rows_of,
    token_of,
)
from purchase.views import carts, coverage
from stock.models import PERIODS
from tenants.http import TenantRequest
from tenants.permissions import Act, requires


@require_POST
@requires(Act.SEE_NUMBERS)
def pick(request: TenantRequest) -> HttpResponse:
    """Take the wanted numbers of each row, say what became of them, and go on to the cart."""
    form = coverage.read_form(request)
    page = f"{reverse('purchase:coverage')}?{request.GET.urlencode()}"
    try:
        rows = rows_of(request.POST, country=form.chosen_country)
        token = token_of(request.POST)
    except PageIsIncomplete as problem:
        messages.error(request, str(problem))
        return HttpResponseRedirect(page)
    if not all([form.is_valid(), *(row.is_valid() for row in rows)]):
        context = coverage.contents(form, request, rows)
        return render(request, "purchase/coverage.html", context, status=422)
    picked = picking.pick(
        [wish for row in rows if (wish := wish_of(row, form))],
        service=form.cleaned_data["service"],
        token=token,
        tenant=request.tenant,
        actor=request.actor,
        at=request.at,
    )
    tell(request, picked)
    return HttpResponseRedirect(
        reverse("purchase:cart") if any(one.digits for one in picked) else page
    )


def wish_of(row: PickRowForm, form: CoverageForm) -> PlaceWish | None:
    chosen = row.cleaned_data
    months = form.cleaned_data["months"] or PERIODS[0]
    if not chosen["quantity"]:
        return None
    return PlaceWish(row.place, chosen["quantity"], chosen["channels"], months)


def tell(request: TenantRequest, picked: Sequence[Picked]) -> None:
    """Say what is in the cart now, and of what there was less than wanted."""
    if not picked:
        messages.info(request, "Type how many numbers you want first.")
    if count := sum(len(one.digits) for one in picked):
        what = f"{count} numbers are" if count > 1 else "1 number is"
        messages.success(
            request, f"{what} in the cart, held for you for {cart.hold_minutes()} minutes."
        )
    for one in picked:
        if one.remark:
            messages.warning(request, one.remark)


@require_POST
@requires(Act.SEE_NUMBERS)
def change_pick(request: TenantRequest) -> HttpResponse:
    """Take more or fewer numbers of a pick, or other channels or another period for them."""
    form = ChangePickForm(request.POST)
    if not form.is_valid():
        return carts.refuse(request, problems_of(form))
    try:
        remark = picking.change(
            form.cleaned_data["pick"],
            quantity=form.cleaned_data["quantity"],
            channels=form.cleaned_data["channels"],
            months=form.cleaned_data["months"],
            tenant=request.tenant,
            actor=request.actor,
            at=request.at,
        )
    except PickIsGone as refusal:
        return carts.refuse(request, [str(refusal)])
    return carts.show(request, f"The numbers are changed. {remark}".strip())


@require_POST
@requires(Act.SEE_NUMBERS)
def remove_pick(request: TenantRequest) -> HttpResponse:
    """Let all numbers of a pick go."""
    form = RemovePickForm(request.POST)
    if not form.is_valid():
        return carts.refuse(request, problems_of(form))
    try:
        count = picking.remove(form.cleaned_data["pick"], tenant=request.tenant, at=request.at)
    except PickIsGone as refusal:
        return carts.refuse(request, [str(refusal)])
    what = f"{count} numbers are" if count > 1 else "1 number is"
    return carts.show(request, f"{what} no longer in the cart.")
