"""Connecting a carrier, and what staff decide about the connection."""

from datetime import datetime

from carriers import registry, sealing
from carriers.models import Connection


class UnknownDriver(Exception):
    """There is no such driver. The message names those there are."""


def connect(
    name: str, *, driver: str, key: str = "", quarantine_seconds: int | None = None
) -> Connection:
    """Return the connection called `name`, made if it is new; an empty key leaves the settings'.

    Raises UnknownDriver.
    """
    if driver not in registry.DRIVERS:
        raise UnknownDriver(
            f"No driver is called {driver}. There are: {', '.join(registry.DRIVERS)}."
        )
    chosen: dict[str, object] = {"driver": driver, "sealed_key": sealing.seal(key) if key else ""}
    if quarantine_seconds is not None:
        chosen["quarantine_seconds"] = quarantine_seconds
    connection, _ = Connection.objects.get_or_create(name=name, defaults=chosen)
    return connection


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
