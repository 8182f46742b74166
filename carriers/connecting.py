"""Connecting a carrier, and what staff decide about the connection."""

from datetime import datetime

from django.db import transaction

from carriers import registry, sealing
from carriers.models import Connection
from lifecycle.actors import Actor
from tenants import staff_acts
from tenants.models import StaffActKind


class UnknownDriver(Exception):
    """There is no such driver. The message names those there are."""


class FeedShrank(Exception):
    """The feed lacks so much of what we have that nothing is taken out of sale by it."""


class NotShrunk(Exception):
    """The last feed lacked nothing to speak of, or another has come since. For people."""


# How the error of such a sync begins, which the connection keeps.
SHRUNK = f"{FeedShrank.__name__}:"


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
    connection, _ = Connection.objects.get_or_create(
        name__iexact=name, defaults=chosen | {"name": name}
    )
    return connection


@transaction.atomic
def switch_buying(connection: Connection, *, is_allowed: bool, actor: Actor, at: datetime) -> None:
    """Stop or allow orders. What has been paid already waits; what was sent is followed up."""
    Connection.objects.filter(pk=connection.pk).update(is_buying_allowed=is_allowed)
    kind = StaffActKind.CARRIER_BUYING_ON if is_allowed else StaffActKind.CARRIER_BUYING_OFF
    _record(kind, connection, actor=actor, at=at)


@transaction.atomic
def replace_key(connection: Connection, key: str, *, actor: Actor, at: datetime) -> None:
    """Store a new key, sealed; whether it works is shown by the next check of the account."""
    Connection.objects.filter(pk=connection.pk).update(
        sealed_key=sealing.seal(key), checked_at=None, is_healthy=None, health=""
    )
    _record(StaffActKind.CARRIER_KEY_REPLACED, connection, actor=actor, at=at)


@transaction.atomic
def ask_sync(connection: Connection, *, actor: Actor, at: datetime) -> None:
    """Ask for the carrier's offers to be read again; the sweep does it."""
    Connection.objects.filter(pk=connection.pk).update(sync_asked_at=at)
    _record(StaffActKind.CARRIER_SYNC_ASKED, connection, actor=actor, at=at)


@transaction.atomic
def take_shrunken_feed(connection: Connection, *, actor: Actor, at: datetime) -> None:
    """Let the next sync take out of sale all that the feed lacks. Raises NotShrunk."""
    shrunk = Connection.objects.filter(pk=connection.pk, sync_error__startswith=SHRUNK)
    if not shrunk.update(sync_asked_at=at, shrinking_taken_at=at):
        raise NotShrunk("The last sync took the whole feed. There is nothing to take.")
    _record(
        StaffActKind.CARRIER_FEED_TAKEN,
        connection,
        reason=connection.sync_error[:200],
        actor=actor,
        at=at,
    )


def has_shrunk(connection: Connection) -> bool:
    """Tell whether the last sync refused a feed that lacked most of what we have."""
    return connection.sync_error.startswith(SHRUNK)


def _record(
    kind: StaffActKind, connection: Connection, *, reason: str = "", actor: Actor, at: datetime
) -> None:
    staff_acts.record(
        kind,
        subject=connection.reference,
        subject_name=connection.name,
        reason=reason,
        actor=actor,
        at=at,
    )
