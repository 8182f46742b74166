"""Paying for the cart, by the balance or a saved card."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from billing import cards
from billing.ledger import wallet_balance
from billing.models import Payment, PaymentState
from billing.stripe_client import NotSent, OutcomeUnknown
from billing.wallet import BalanceTooLow
from purchase import agreeing, cart, charging, ordering, quotes
from purchase.comparing import Outdated
from purchase.forms import FROM_THE_BALANCE, PlaceOrderForm, problems_of
from purchase.models import LineState, Order, PayBy
from purchase.ordering import NotAgreed, NotFree, NothingToBuy
from stock.reserving import NumberTaken
from tenants.http import TenantRequest, go
from tenants.links import tenant_url
from tenants.permissions import Act, requires


@require_GET
@requires(Act.PAY)
def checkout(request: TenantRequest) -> HttpResponse:
    context = offer(request)
    if not context["cart"].held:  # type: ignore[attr-defined]
        messages.warning(request, "Nothing in the cart is held for you. Hold a number first.")
        return HttpResponseRedirect(reverse("purchase:cart"))
    return render(request, "purchase/checkout.html", context)


def offer(request: TenantRequest) -> dict[str, object]:
    """Return what the checkout shows: the cart as it is now, a fresh quote, who may pay."""
    opened = cart.open_cart(tenant=request.tenant, at=request.at)
    offered = quotes.quote(opened)
    return {
        "cart": opened,
        "asked": agreeing.asked_by(opened.asked),
        "quote": quotes.seal(offered, tenant=request.tenant),
        "amount": offered.amount,
        "balance": wallet_balance(opened.currency),
        "why_not_balance": ordering.why_balance_may_not_pay(offered.amount, opened.currency),
        "cards": list(cards.saved_cards()) if offered.amount else [],
        "waiting": charging.waiting_for_bank(),
        "from_the_balance": FROM_THE_BALANCE,
    }


@require_POST
@requires(Act.PAY)
def place_order(request: TenantRequest) -> HttpResponse:
    """Order what the button named. A second press finds the first order."""
    sealed = request.POST.get("quote", "")
    if order := ordering.find_placed(sealed, tenant=request.tenant):
        return go_on(request, order)
    form = PlaceOrderForm(request.POST, tenant=request.tenant)
    if not form.is_valid():
        return refuse(request, problems_of(form))
    chosen = form.cleaned_data
    try:
        order = ordering.place_order(
            chosen["quote"],
            tenant=request.tenant,
            card=chosen["pay_by"],
            actor=request.actor,
            at=request.at,
            has_agreed=chosen["agreed"],
        )
    except (NothingToBuy, NotFree, NotAgreed, Outdated, NumberTaken, BalanceTooLow) as refusal:
        return refuse(request, [str(refusal)])
    return go_on(request, order)


def go_on(request: TenantRequest, order: Order) -> HttpResponse:
    """Lead the buyer to the order, to the bank, or back to the checkout if the card said no.

    The order says who pays: the button may have been pressed before, with another choice.
    """
    order_path = reverse("purchase:order", args=[order.reference])
    if order.pay_by != PayBy.CARD:
        return go(request, order_path)
    return_url = tenant_url(request.tenant, reverse("purchase:payment", args=[order.reference]))
    payment = charging.pay(order, tenant=request.tenant, return_url=return_url, at=request.at)
    if is_declined(order, payment):
        return refuse(request, [why_declined(order, payment, at=request.at)])
    if payment.state == PaymentState.NEEDS_AUTHENTICATION and request.htmx:
        # A redirect that answers a form post may not leave the site; this one is the script's.
        return HttpResponseClientRedirect(payment.authentication_url)
    return go(request, order_path)


def is_declined(order: Order, payment: Payment) -> bool:
    """Tell whether the order ended with its payment; let go later, the card was not needed."""
    is_over = payment.state in (PaymentState.DECLINED, PaymentState.VOIDED)
    return is_over and order.lines.filter(state=LineState.CANCELLED).exists()


def why_declined(order: Order, payment: Payment, *, at: datetime) -> str:
    if not payment.refusal:
        return (
            "The payment was not confirmed in time, and its order has ended. Add the numbers anew."
        )
    digits = {line.digits for line in order.lines.all()}
    are_held = cart.are_held(digits, at=at)
    held = " Your numbers are still held for you." if are_held else ""
    return f"{payment.card}: {payment.refusal}{held}"


def refuse(request: TenantRequest, problems: list[str]) -> HttpResponse:
    """Show the checkout anew, as things are now, and say what went wrong. Nothing was charged."""
    page = "purchase/_checkout.html" if request.htmx else "purchase/checkout.html"
    return render(request, page, offer(request) | {"problems": problems}, status=422)


@require_POST
@requires(Act.PAY)
def add_card(request: TenantRequest) -> HttpResponse:
    """Open the provider's page for a new card, which comes back to this checkout.

    Typing a card in takes a while, so what is held is held for as long as it may be.
    """
    cart.extend(tenant=request.tenant, at=request.at)
    try:
        url = cards.begin_adding(reverse("purchase:checkout"), actor=request.actor, at=request.at)
    except (NotSent, OutcomeUnknown):
        return refuse(
            request, ["The page for cards cannot be reached just now. Try again in a minute."]
        )
    if request.htmx:
        return HttpResponseClientRedirect(url)
    return render(request, "purchase/card_page.html", {"url": url})
