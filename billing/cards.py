"""The tenant's saved cards. They are typed in on Stripe's own page and never pass through ours."""

from datetime import datetime
from urllib.parse import quote
from uuid import uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from billing import calls, stripe_client
from billing.models import BillingProfile, CardAddition, SavedCard
from billing.stripe_client import Refused
from lifecycle.actors import Actor, done_by
from tenants.links import tenant_url
from tenants.schemas import current_tenant
from work import due

DETACH_CARD = "detach card"


class NotThisVisit(Exception):
    """The page was opened for somebody else, or for another visit."""


def saved_cards() -> QuerySet[SavedCard]:
    """Return the cards that can be charged, the default first."""
    return SavedCard.objects.filter(removed_at=None).order_by("-is_default", "-added_at", "-id")


def is_path_of_ours(path: str) -> bool:
    """Tell whether a path leads to a page of this site, and to no other site."""
    is_path = path.startswith("/") and len(path) <= 300
    return is_path and url_has_allowed_host_and_scheme(path, allowed_hosts=None)


def begin_adding(return_path: str, *, actor: Actor, at: datetime) -> str:
    """Return the address of Stripe's page for one new card, which comes back to `return_path`.

    Raises stripe_client.NotSent or OutcomeUnknown; a new attempt is then harmless.
    """
    if not is_path_of_ours(return_path):
        return_path = reverse("billing:overview")
    customer_id = _customer(at=at)
    tenant = current_tenant()
    added_path = f"{reverse('billing:card-added')}?session_id={{CHECKOUT_SESSION_ID}}"
    reference = uuid4()
    params = {
        "mode": "setup",
        "customer": customer_id,
        "currency": tenant.currency.lower(),
        "allowed_payment_method_types": ["card"],
        "success_url": tenant_url(tenant, added_path),
        "cancel_url": tenant_url(tenant, quote(return_path, safe="/?=&%#")),
        "client_reference_id": str(reference),
        "metadata": {"tenant": str(tenant.reference), "addition": str(reference)},
    }
    with transaction.atomic(durable=True):
        addition = CardAddition.objects.create(
            reference=reference, return_path=return_path, begun_at=at, **done_by(actor)
        )
        call = calls.write_down(f"{reference}:session", params, at=at)
    page = stripe_client.open_card_page(call.params, key=call.key)
    calls.write_answer(call.key, page.session_id, at=at)
    addition.session_id = page.session_id
    addition.save(update_fields=["session_id"])
    return page.url


def finish_adding(session_id: str, *, at: datetime) -> CardAddition:
    """Save the card that was typed in on the page, as the default; repeating changes nothing.

    The addition has no card if none was typed in. Raises CardAddition.DoesNotExist or
    NotThisVisit if the page was not opened by this tenant, and stripe_client.Refused if the
    provider does not know it.
    """
    # Without an id are those whose page was never answered.
    opened = CardAddition.objects.exclude(session_id="").select_related("card")
    addition = opened.get(session_id=session_id)
    if addition.finished_at:
        return addition
    customer_id = BillingProfile.objects.get().customer_id
    page = stripe_client.retrieve_card_page(session_id)
    is_ours = page.metadata.get("addition") == str(addition.reference)
    if page.customer_id != customer_id or not is_ours:
        raise NotThisVisit(session_id)
    if not page.payment_method_id:
        return addition
    typed_in = stripe_client.retrieve_card(page.payment_method_id)
    if typed_in.customer_id != customer_id:
        raise NotThisVisit(session_id)
    with transaction.atomic():
        _one_at_a_time()
        card, is_new = SavedCard.objects.get_or_create(
            payment_method_id=typed_in.payment_method_id,
            defaults={
                "brand": typed_in.brand,
                "last4": typed_in.last4,
                "expiry_month": typed_in.expiry_month,
                "expiry_year": typed_in.expiry_year,
                "added_at": at,
            },
        )
        if is_new:
            make_default(card)
        addition.card, addition.finished_at = card, at
        addition.save(update_fields=["card", "finished_at"])
    return addition


@transaction.atomic
def make_default(card: SavedCard) -> None:
    """Let the card be the one that is charged. A removed card stays removed."""
    _one_at_a_time()
    SavedCard.objects.filter(is_default=True).exclude(pk=card.pk).update(is_default=False)
    SavedCard.objects.filter(pk=card.pk, removed_at=None).update(is_default=True)


@transaction.atomic
def remove(card: SavedCard, *, at: datetime) -> None:
    """Never charge the card again; the sweep takes it off at Stripe, too."""
    _one_at_a_time()
    SavedCard.objects.filter(pk=card.pk, removed_at=None).update(removed_at=at, is_default=False)
    if next_card := saved_cards().first():
        make_default(next_card)
    due.plan(DETACH_CARD, tenant=current_tenant().reference, subject=card.reference, at=at)


def detach(card: SavedCard, *, at: datetime) -> None:
    """Take a removed card off at Stripe. Raises stripe_client.NotSent or OutcomeUnknown."""
    with transaction.atomic(durable=True):
        call = calls.write_down(f"{card.reference}:detach", {}, at=at)
    try:
        stripe_client.detach_card(card.payment_method_id, key=call.key)
    except Refused as refusal:
        # It is off already.
        calls.write_answer(call.key, refusal.code, at=at)
    else:
        calls.write_answer(call.key, card.payment_method_id, at=at)


def _customer(*, at: datetime) -> str:
    """Return what Stripe knows the tenant as, making it known with the first card."""
    profile = BillingProfile.objects.first()
    if profile:
        return profile.customer_id
    tenant = current_tenant()
    params = {"name": tenant.name, "metadata": {"tenant": str(tenant.reference)}}
    with transaction.atomic(durable=True):
        call = calls.write_down(f"{tenant.reference}:customer", params, at=at)
    customer_id = stripe_client.create_customer(call.params, key=call.key)
    calls.write_answer(call.key, customer_id, at=at)
    profile, _ = BillingProfile.objects.get_or_create(
        is_the_only_one=True, defaults={"customer_id": customer_id, "created_at": at}
    )
    return profile.customer_id


def _one_at_a_time() -> None:
    """Let two changes of the cards wait for each other, so that one default is left."""
    BillingProfile.objects.select_for_update().get()
