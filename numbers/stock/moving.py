"""Who moved a number: what the history's trigger writes down."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from lifecycle.actors import Actor


@contextmanager
def acting(actor: Actor, remark: str = "") -> Iterator[None]:
    """Sign the moves made within by `actor`. Without it, they are Numberyard's own.

    Needs a transaction, whose end also ends it. Raises TransactionManagementError without one.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("acting() needs a transaction")
    said = {
        "kind": actor.kind,
        "reference": str(actor.reference),
        "name": actor.name,
        "remark": remark[:300],
    }
    _say(json.dumps(said))
    # After an exception the rollback takes it back.
    yield
    _say("")


def _say(words: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config('numberyard.actor', %s, true)", [words])
