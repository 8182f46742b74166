"""Putting money into a tenant's balance, by a saved card."""

from uuid import UUID

from django.contrib import messages
from django.core.signing import BadSignature
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from billing import cards, ledger, topping_up
from billing.models import Payment, PaymentState, SavedCard, TopUp
from billing.money import money
from tenants.http import TenantRequest, go
from tenants.links import tenant_url
from tenants.permissions import Act, requires

TOO_OLD = (
    "This page was too old, or its amount had been changed. Nothing has been charged; look at the "
    "amount once more."
)


@require_GET
@requires(Act.PAY)
def top_up(request: TenantRequest) -> HttpResponse:
    """Ask for the amount and the card, and then name both on the button."""
    is_asked = "amount" in request.GET
    form = topping_up.TopUpForm(request.GET if is_asked else None, currency=request.tenant.currency)
    context = _top_up_context(request, form)
    if is_asked and form.is_valid():
        context |= _offered(request, form.cleaned_data["amount"], form.cleaned_data["card"])
    status = 422 if form.errors else 200
    return render(request, "billing/top_up.html", context, status=status)


@require_POST
@requires(Act.PAY)
def place_top_up(request: TenantRequest) -> HttpResponse:
    """Charge what the button named. A second press finds the first top-up."""
    try:
        placed = topping_up.accept(
            request.POST.get("offer", ""),
            tenant=request.tenant,
            return_path=_next_path(request),
            actor=request.actor,
            at=request.at,
        )
    except BadSignature:
        return _refuse_top_up(request, TOO_OLD)
    except topping_up.CardGone as refusal:
        return _refuse_top_up(request, str(refusal))
    path = reverse("billing:top-up-payment", args=[placed.reference])
    payment = topping_up.pay(placed, return_url=tenant_url(request.tenant, path), at=request.at)
    if payment.state == PaymentState.NEEDS_AUTHENTICATION and request.htmx:
        # A redirect that answers a form post may not leave the site; this one is the script's.
        return HttpResponseClientRedirect(payment.authentication_url)
    return _leave_top_up(request, placed, payment)


@require_GET
@requires(Act.PAY)
def top_up_progress(request: TenantRequest, reference: UUID) -> HttpResponse:
    placed = get_object_or_404(TopUp, reference=reference)
    payment = topping_up.payment_of(placed)
    context = {
        "top_up": placed,
        "payment": payment,
        "is_paid": payment.state == PaymentState.CAPTURED,
        "asks_bank": payment.state == PaymentState.NEEDS_AUTHENTICATION,
        "problem": _why_not(payment),
    }
    return render(request, "billing/top_up_progress.html", context)


@require_GET
@requires(Act.PAY)
def top_up_payment(request: TenantRequest, reference: UUID) -> HttpResponse:
    """Take the buyer back from the bank's page; the page then asks what has become of it."""
    placed = get_object_or_404(TopUp, reference=reference)
    return render(request, "billing/top_up_payment.html", {"top_up": placed})


@require_POST
@requires(Act.PAY)
def confirm_top_up(request: TenantRequest, reference: UUID) -> HttpResponse:
    """Look what the bank has said, and go on to where the money was wanted."""
    placed = get_object_or_404(TopUp, reference=reference)
    return _leave_top_up(request, placed, topping_up.look_again(placed, at=request.at))


def _leave_top_up(request: TenantRequest, placed: TopUp, payment: Payment) -> HttpResponse:
    if payment.state == PaymentState.CAPTURED:
        messages.success(request, f"{money(placed.amount, placed.currency)} is in the balance.")
        return go(request, placed.return_path)
    return go(request, reverse("billing:top-up-progress", args=[placed.reference]))


def _why_not(payment: Payment) -> str:
    """Say why nothing has been charged; empty while that is open, or when it has been."""
    if payment.state == PaymentState.DECLINED:
        return f"{payment.card}: {payment.refusal}"
    if payment.state == PaymentState.VOIDED:
        return payment.refusal or "The payment was not confirmed in time."
    return ""


def _refuse_top_up(request: TenantRequest, problem: str) -> HttpResponse:
    form = topping_up.TopUpForm(currency=request.tenant.currency)
    context = _top_up_context(request, form) | {"problem": problem}
    return render(request, "billing/top_up.html", context, status=422)


def _top_up_context(request: TenantRequest, form: topping_up.TopUpForm) -> dict[str, object]:
    return {
        "form": form,
        "balance": ledger.wallet_balance(request.tenant.currency),
        "currency": request.tenant.currency,
        "cards": list(cards.saved_cards()),
        "next": _next_path(request),
    }


def _offered(request: TenantRequest, amount: int, card: SavedCard) -> dict[str, object]:
    offered = topping_up.offer(amount, currency=request.tenant.currency, card=card)
    sealed = topping_up.seal(offered, tenant=request.tenant)
    return {"offer": sealed, "amount": amount, "card": card}


def _next_path(request: TenantRequest) -> str:
    """Return where the money is wanted, if that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if cards.is_path_of_ours(wanted) else reverse("billing:overview")
