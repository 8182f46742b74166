"""Acting upon Stripe's events: each says only which object to look at again.

So an event that comes twice, late, out of order or never makes no difference, and one that names
a tenant is checked against the payment, refund or visit that this tenant itself has written.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from celery import shared_task
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import Q, QuerySet

from billing import cards, payments, refunding, stripe_client
from billing.models import Payment, Refund
from billing.stripe_client import NotSent, OutcomeUnknown, Refused
from billing.webhooks import PROVIDER
from lifecycle.clock import database_time, shortened
from tenants.schemas import TenantNotReady, run_in_tenant
from work.models import SecurityEvent, WebhookEvent, WebhookState

logger = logging.getLogger(__name__)

LEASE = shortened(timedelta(minutes=2))
SWEEP_SECONDS = LEASE.total_seconds() / 4
WAITS = [
    shortened(wait)
    for wait in (
        timedelta(seconds=5),
        timedelta(seconds=30),
        timedelta(minutes=5),
        timedelta(hours=1),
    )
]
# Some days of trying; what the event was about, the sweeps find on their own.
MAX_ATTEMPTS = 50


class NotOurs(Exception):
    """The event names a tenant, payment or visit that we have not written. The message says so."""


def hear_events(*, at: datetime) -> None:
    """Act upon all events that are due. May run many times at once."""
    ends = time.monotonic() + SWEEP_SECONDS
    while time.monotonic() < ends and (event := claim_next(at=at)):
        hear(event, at=at)


@shared_task
def hear_events_task() -> None:
    hear_events(at=database_time())


@transaction.atomic(durable=True)
def claim_next(*, at: datetime) -> WebhookEvent | None:
    """Lease the event that has been due longest, or return None."""
    free = Q(lease_until=None) | Q(lease_until__lte=at)
    waiting = WebhookEvent.objects.filter(
        free, provider=PROVIDER, state=WebhookState.RECEIVED, due_at__lte=at
    )
    event = waiting.order_by("due_at").select_for_update(skip_locked=True).first()
    if event:
        # Behind what is due by then: an event that kills every worker keeps no other waiting.
        event.due_at = event.lease_until = at + LEASE
        event.attempts += 1
        event.save(update_fields=["due_at", "lease_until", "attempts"])
    return event


def hear(event: WebhookEvent, *, at: datetime) -> None:
    """Act upon one leased event, and write down what came of it."""
    try:
        look_at(event, at=at)
    except (NotSent, OutcomeUnknown, TenantNotReady) as error:
        put_off(event, at=at, error=str(error))
    except NotOurs as doubt:
        SecurityEvent.objects.create(kind="stripe webhook of nobody", detail=str(doubt), at=at)
        leased_by_us(event).update(state=WebhookState.FAILED, last_error=str(doubt)[:500])
    else:
        leased_by_us(event).update(state=WebhookState.DONE, last_error="")


def look_at(event: WebhookEvent, *, at: datetime) -> None:
    """Read the object an event names, and apply what it has become. Raises NotOurs."""
    object_id = json.loads(event.body)["data"]["object"]["id"]
    try:
        if event.kind.startswith("payment_intent."):
            look_at_intent(object_id, at=at)
        elif event.kind.startswith("refund."):
            look_at_refund(object_id, at=at)
        else:
            look_at_card_page(object_id, at=at)
    except Refused as refusal:
        raise NotOurs(f"{object_id}: {refusal}"[:500]) from refusal


def look_at_intent(intent_id: str, *, at: datetime) -> None:
    intent = stripe_client.retrieve_intent(intent_id)

    def apply() -> None:
        payment = Payment.objects.get(order=reference_in(intent.metadata, "order"))
        payments.apply(payment, intent, at=at)

    in_tenant_named(intent.metadata, intent_id, apply)


def look_at_refund(refund_id: str, *, at: datetime) -> None:
    told = stripe_client.retrieve_refund(refund_id)

    def apply() -> None:
        refunds = Refund.objects.select_related("payment")
        refunding.apply(refunds.get(line=reference_in(told.metadata, "line")), told, at=at)

    in_tenant_named(told.metadata, refund_id, apply)


def look_at_card_page(session_id: str, *, at: datetime) -> None:
    page = stripe_client.retrieve_card_page(session_id)
    in_tenant_named(page.metadata, session_id, partial(cards.finish_adding, session_id, at=at))


def in_tenant_named(
    metadata: Mapping[str, str], object_id: str, apply: Callable[[], object]
) -> None:
    """Act in the tenant that an object names, which is no more than a hint. Raises NotOurs.

    Objects that name none were made by hand on Stripe's own pages, and are none of our business.
    """
    if "tenant" not in metadata:
        logger.info("event about nothing of ours", extra={"object": object_id})
        return
    try:
        run_in_tenant(reference_in(metadata, "tenant"), apply)
    except (
        ObjectDoesNotExist,
        payments.NotThisPayment,
        refunding.NotThisRefund,
        cards.NotThisVisit,
    ) as error:
        raise NotOurs(f"{object_id}: {error}"[:500]) from error


def reference_in(metadata: Mapping[str, str], name: str) -> UUID:
    try:
        return UUID(metadata[name])
    except (KeyError, ValueError) as error:
        raise NotOurs(f"There is no reference of ours in {name}.") from error


def put_off(event: WebhookEvent, *, at: datetime, error: str) -> None:
    is_last = event.attempts >= MAX_ATTEMPTS
    leased_by_us(event).update(
        state=WebhookState.FAILED if is_last else WebhookState.RECEIVED,
        due_at=at + WAITS[min(event.attempts, len(WAITS)) - 1],
        lease_until=None,
        last_error=error[:500],
    )


def leased_by_us(event: WebhookEvent) -> QuerySet[WebhookEvent]:
    return WebhookEvent.objects.filter(pk=event.pk, lease_until=event.lease_until)
