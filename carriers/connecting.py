"""Our accounts at carriers: connecting one, its key, and whether we buy and sync there."""

from datetime import datetime

from carriers.models import Connection
from carriers.sealing import seal


def connect(name: str, *, driver: str, key: str = "", quarantine_seconds: int = 600) -> Connection:
    """Return the connection called `name`, made if it is new. An empty key leaves the settings'."""
    connection, _ = Connection.objects.get_or_create(
        name=name,
        defaults={
            "driver": driver,
            "sealed_key": seal(key) if key else "",
            "quarantine_seconds": quarantine_seconds,
        },
    )
    return connection


def switch_buying(connection: Connection, *, is_allowed: bool) -> None:
    Connection.objects.filter(pk=connection.pk).update(is_buying_allowed=is_allowed)


def replace_key(connection: Connection, key: str) -> None:
    Connection.objects.filter(pk=connection.pk).update(sealed_key=seal(key), is_healthy=None)


def ask_sync(connection: Connection, *, at: datetime) -> None:
    """Let the next sweep fetch everything the carrier offers."""
    Connection.objects.filter(pk=connection.pk).update(sync_asked_at=at)
