"""What staff decide about a connection."""

from datetime import datetime

from carriers import sealing
from carriers.models import Connection


def switch_buying(connection: Connection, *, is_allowed: bool) -> None:
    """Stop or allow orders. What has been paid already waits; what was sent is followed up."""
    Connection.objects.filter(pk=connection.pk).update(is_buying_allowed=is_allowed)


def replace_key(connection: Connection, key: str) -> None:
    """Store a new key, sealed; whether it works is shown by the next check of the account."""
    Connection.objects.filter(pk=connection.pk).update(
        sealed_key=sealing.seal(key), checked_at=None, is_healthy=None, health=""
    )


def ask_sync(connection: Connection, *, at: datetime) -> None:
    """Ask for the carrier's offers to be read again; the sweep does it."""
    Connection.objects.filter(pk=connection.pk).update(sync_asked_at=at)
