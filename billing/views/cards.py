"""The cards a tenant has saved: added on the provider's page, made the default, removed."""

import logging
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from billing import cards
from billing.models import CardAddition, SavedCard
from billing.stripe_client import NotSent, OutcomeUnknown, Refused
from tenants.http import TenantRequest, go
from tenants.permissions import Act, requires

logger = logging.getLogger(__name__)

PROVIDER_SILENT = "The payment provider does not answer just now. Try again in a minute."


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
        return go(request, reverse("billing:overview"))
    if request.htmx:
        return HttpResponseClientRedirect(address)
    return render(request, "billing/add_card.html", {"address": address})


@require_GET
@requires(Act.RUN_TENANT)
def card_added(request: TenantRequest) -> HttpResponse:
    """Come back from the provider's page, to where the card was wanted."""
    try:
        addition = cards.finish_adding(request.GET.get("session_id", ""), at=request.at)
    except (CardAddition.DoesNotExist, cards.NotThisVisit, Refused) as error:
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
