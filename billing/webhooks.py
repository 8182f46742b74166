"""Stripe's events as they come in: believed by their signature, kept, and answered at once.

What an event says is never applied; billing.hearing reads the object it names anew.
"""

import json
from datetime import datetime, timedelta
from typing import Any

import stripe
from django.conf import settings
from django.http import HttpResponse, HttpResponseBadRequest
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing import stripe_client
from tenants.http import PlatformRequest
from tenants.permissions import open_to_all
from work.models import SecurityEvent, WebhookEvent, WebhookState

PROVIDER = "stripe"
TOLERANCE = timedelta(minutes=5)
# What we act upon; the rest is kept as a record.
HEARD = ("payment_intent.", "refund.", "checkout.session.completed")
# Those of them that tell of an end or a turn, by their full names.
LISTED = [
    "checkout.session.completed",
    "payment_intent.amount_capturable_updated",
    "payment_intent.canceled",
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "refund.created",
    "refund.failed",
    "refund.updated",
]


class NotBelieved(Exception):
    """The event is forged, replayed, damaged or of another mode."""


@csrf_exempt
@require_POST
@open_to_all
def receive_stripe_event(request: PlatformRequest) -> HttpResponse:
    try:
        event = believe(request.body, request.headers.get("Stripe-Signature", ""))
    except NotBelieved as doubt:
        SecurityEvent.objects.create(
            kind="stripe webhook refused",
            detail=str(doubt)[:500],
            remote_address=request.META.get("REMOTE_ADDR"),
            at=request.at,
        )
        return HttpResponseBadRequest(str(doubt), content_type="text/plain")
    keep(event, request.body.decode(), at=request.at)
    return HttpResponse("Kept.", content_type="text/plain")


def believe(body: bytes, signature: str) -> dict[str, Any]:
    """Return the event if it was signed in the last minutes with one of our secrets.

    Raises NotBelieved.
    """
    failures = [
        failure
        for secret in settings.STRIPE_WEBHOOK_SECRETS
        if (failure := _failure(body, signature, secret))
    ]
    # Two secrets are valid while one replaces the other.
    if len(failures) == len(settings.STRIPE_WEBHOOK_SECRETS):
        raise NotBelieved(f"The signature does not hold: {'; '.join(failures)}")
    try:
        event: dict[str, Any] = json.loads(body)
        is_of_our_mode = event["livemode"] == stripe_client.is_live()
        if not all(isinstance(event[field], str) for field in ("id", "type")):
            raise NotBelieved("The event has no id or type.")
    except (ValueError, KeyError, TypeError) as error:
        raise NotBelieved("The body is not an event.") from error
    if not is_of_our_mode:
        raise NotBelieved(f"{event['id']} is of the other mode: live and test do not mix.")
    return event


def _failure(body: bytes, signature: str, secret: str) -> str:
    try:
        stripe.WebhookSignature.verify_header(
            body.decode(), signature, secret, int(TOLERANCE.total_seconds())
        )
    except (stripe.SignatureVerificationError, UnicodeDecodeError) as error:
        return str(error)
    return ""


def keep(event: dict[str, Any], body: str, *, at: datetime) -> None:
    """Put an event into the inbox; one that has been there before changes nothing."""
    is_heard = event["type"].startswith(HEARD)
    kept = WebhookEvent(
        provider=PROVIDER,
        event_id=event["id"][:255],
        kind=event["type"][:100],
        body=body,
        received_at=at,
        due_at=at,
        state=WebhookState.RECEIVED if is_heard else WebhookState.DONE,
    )
    WebhookEvent.objects.bulk_create([kept], ignore_conflicts=True)
