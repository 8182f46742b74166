"""Calls to the provider, written down before they are made.

A call is committed under its own key first, and repeated with the same key and the same words
until it has been answered; the provider then answers as it did the first time. It remembers keys
for a day, after which only a look at what has become of the object can tell.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from billing.models import StripeCall

# Short of the 24 hours for which Stripe promises to know a key.
REPEATABLE_FOR = timedelta(hours=23)


def write_down(key: str, params: Mapping[str, Any], *, at: datetime) -> StripeCall:
    """Return the call under `key`, as it was first written. Commit before making it."""
    call, _ = StripeCall.objects.get_or_create(
        key=key, defaults={"params": dict(params), "sent_at": at}
    )
    return call


def get(key: str) -> StripeCall:
    return StripeCall.objects.get(key=key)


def may_be_repeated(call: StripeCall, *, at: datetime) -> bool:
    return at < call.sent_at + REPEATABLE_FOR


def write_answer(key: str, answer: str, *, at: datetime) -> None:
    """Note what a call came to: the id of its object, or the code of the refusal."""
    StripeCall.objects.filter(key=key, answered_at=None).update(answered_at=at, answer=answer[:100])
