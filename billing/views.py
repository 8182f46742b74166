"""A tenant's money: its balance and how it is filled, its cards and its statement."""

import logging
from uuid import UUID

from django.contrib import messages
from django.core.signing import BadSignature
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from billing import cards, ledger, topping_up
from billing.models import CardAddition, Payment, PaymentState, Pocket, SavedCard, TopUp
from billing.money import money
from billing.statement import HEADER, export_rows, statement
from billing.stripe_client import NotSent, OutcomeUnknown
from billing.tax_number import TaxNumberForm, change_tax_number
from listing.exporting import csv_response
from listing.paging import page_by_key
from people.models import MemberAct, MemberActKind
from stock.regions import country_name
from stock.vat import RateMissing, vat_of
from tenants.http import TenantRequest
from tenants.links import tenant_url
from tenants.permissions import Act, requires

logger = logging.getLogger(__name__)

PROVIDER_SILENT = "The payment provider does not answer just now. Try again in a minute."
TOO_OLD = (
    "This page was too old, or its amount had been changed. Nothing has been charged; look at the "
    "amount once more."
)


@require_GET
@requires(Act.RUN_TENANT)
def overview(request: TenantRequest) -> HttpResponse:
    currency = request.tenant.currency
    context = {
        "balance": ledger.wallet_balance(currency),
        "held": ledger.balance(Pocket.HELD, currency),
        "currency": currency,
        "cards": cards.saved_cards(),
        "page": page_by_key(statement(), request, key="id", newest_first=True),
    }
    is_part = request.htmx and not request.htmx.history_restore_request
    return render(
        request, "billing/_statement.html" if is_part else "billing/overview.html", context
    )


@require_GET
@requires(Act.RUN_TENANT)
def export(request: TenantRequest) -> StreamingHttpResponse:
    return csv_response("statement", HEADER, export_rows())


@require_POST
@requires(Act.RUN_TENANT)
def add_card(request: TenantRequest) -> HttpResponse:
    """Lead to the provider's page: by htmx's header or by a link, because browsers refuse a
    redirect to another site after a form."""
    return_path = request.POST.get("return_path") or reverse("billing:overview")
    try:
        address = cards.begin_adding(return_path, actor=request.actor, at=request.at)
    except (NotSent, OutcomeUnknown) as error:
        logger.warning("card page not opened", extra={"why": str(error)})
        messages.error(request, PROVIDER_SILENT)
        return _go(request, reverse("billing:overview"))
    if request.htmx:
        return HttpResponseClientRedirect(address)
    return render(request, "billing/add_card.html", {"address": address})


@require_GET
@requires(Act.RUN_TENANT)
def card_added(request: TenantRequest) -> HttpResponse:
    """Come back from the provider's page, to where the card was wanted."""
    try:
        addition = cards.finish_adding(request.GET.get("session_id", ""), at=request.at)
    except (CardAddition.DoesNotExist, cards.NotThisVisit) as error:
        raise Http404 from error
    except (NotSent, OutcomeUnknown):
        messages.warning(request, "The card is being saved. Reload this page in a minute.")
        return redirect("billing:overview")
    if addition.card:
        messages.success(request, f"{addition.card} is saved and will be charged from now on.")
    else:
        messages.info(request, "No card was added.")
    return redirect(addition.return_path)


@require_POST
@requires(Act.RUN_TENANT)
def make_default(request: TenantRequest, reference: UUID) -> HttpResponse:
    card = get_object_or_404(SavedCard, reference=reference, removed_at=None)
    cards.make_default(card)
    messages.success(request, f"{card} will be charged from now on.")
    return redirect("billing:overview")


@require_POST
@requires(Act.RUN_TENANT)
def remove_card(request: TenantRequest, reference: UUID) -> HttpResponse:
    card = get_object_or_404(SavedCard, reference=reference, removed_at=None)
    cards.remove(card, at=request.at)
    messages.success(request, f"{card} is removed.")
    return redirect("billing:overview")


@require_http_methods(["GET", "POST"])
@requires(Act.RUN_TENANT)
def tax_details(request: TenantRequest) -> HttpResponse:
    """Show the tax number and which VAT follows from it, and let it be changed."""
    tenant = request.tenant
    is_post = request.method == "POST"
    form = TaxNumberForm(
        tenant, request.POST if is_post else None, initial={"number": tenant.vat_number}
    )
    if form.is_valid():
        number = form.cleaned_data["number"]
        change_tax_number(tenant, number, actor=request.actor, at=request.at)
        messages.success(request, "Saved. It holds for what you buy from now on.")
        return redirect("billing:tax-details")
    acts = MemberAct.objects.filter(kind=MemberActKind.TAX_NUMBER).order_by("-id")[:20]
    context = {"form": form, "country": country_name(tenant.country), "acts": acts}
    try:
        context["charged"] = vat_of(tenant, at=request.at)
    except RateMissing as missing:
        context["missing"] = str(missing)
    return render(request, "billing/tax_details.html", context, status=422 if is_post else 200)


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
        offered = topping_up.unseal(request.POST.get("offer", ""), tenant=request.tenant)
        placed = topping_up.place(
            offered, return_path=_next_path(request), actor=request.actor, at=request.at
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
        return _go(request, placed.return_path)
    return _go(request, reverse("billing:top-up-progress", args=[placed.reference]))


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


def _go(request: TenantRequest, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
