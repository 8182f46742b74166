"""A tenant's money: its balance, its cards and its statement."""

import logging
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from billing import cards, ledger
from billing.models import CardAddition, Pocket, SavedCard
from billing.statement import HEADER, export_rows, statement
from billing.stripe_client import NotSent, OutcomeUnknown
from billing.tax_number import TaxNumberForm, change_tax_number
from listing.exporting import csv_response
from listing.paging import page_by_key
from people.models import MemberAct, MemberActKind
from stock.regions import country_name
from stock.vat import RateMissing, vat_of
from tenants.http import TenantRequest
from tenants.permissions import Act, requires

logger = logging.getLogger(__name__)

PROVIDER_SILENT = "The payment provider does not answer just now. Try again in a minute."


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


def _go(request: TenantRequest, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
