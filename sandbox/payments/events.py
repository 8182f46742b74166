"""What happened, told to the account's owner; the courier in webhooks.py carries it there."""

import json
from typing import Any

import stripe

from sandbox.payments.books import Books, Record


def emit(books: Books, kind: str, record: Record, *, at: int) -> None:
    """Write an event, with the record as it is now, in the same transaction as its cause."""
    # A copy, so that later changes of the record do not change the event.
    snapshot: Any = json.loads(json.dumps(record))
    event = books.create(
        "evt",
        "event",
        at=at,
        api_version=stripe.api_version,
        data={"object": snapshot},
        pending_webhooks=1,
        request={"id": None, "idempotency_key": None},
        type=kind,
    )
    books.execute("INSERT INTO deliveries (event_id, due_at) VALUES (?, ?)", event["id"], at)
