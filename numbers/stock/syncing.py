"""Keeping our stock equal to what a carrier offers.

The feed is read in pages, and each page is merged in a transaction of its own; no transaction is
open while we wait for the carrier. A sync that dies leaves nothing half done, only less of it.
"""

import logging
from array import array
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from celery import shared_task
from django.db import connection as database
from django.db import transaction
from django.db.models import F, Q, QuerySet

from carriers.connecting import FeedShrank
from carriers.driver import CarrierError, Offer, OfferPage
from carriers.models import Connection
from carriers.registry import get_driver
from lifecycle.actors import Actor, ActorKind
from lifecycle.clock import database_time
from stock import merging, prices
from stock.moving import acting

logger = logging.getLogger(__name__)

EVERY = timedelta(minutes=15)
RETRY_AFTER = timedelta(minutes=1)
# Longer than one page takes, after each of which it is renewed. Whoever dies gives it back so.
LEASE = timedelta(minutes=2)
TASK_LIMIT_SECONDS = 1800
# A feed with less than this share of our stock is taken for a fault, unless staff say it is right.
LEAST_SHARE_KEPT = 0.5


def sync_connection(connection: Connection, *, at: datetime) -> bool:
    """Read the whole feed of a connection into the stock. False if another worker is at it.

    What goes wrong is written on the connection, and tried again by the sweep.
    """
    may_shrink = _may_shrink(connection)
    if not _claim(connection, at=at):
        return False
    error = ""
    try:
        _read_feed(connection, may_shrink=may_shrink, at=at)
    except (CarrierError, FeedShrank) as trouble:
        error = f"{type(trouble).__name__}: {trouble}"[:300]
        logger.warning("sync failed", extra={"carrier": connection.name, "error": error})
    changes = {"sync_lease_until": None, "sync_error": error} | ({} if error else {"synced_at": at})
    Connection.objects.filter(pk=connection.pk, sync_began_at=at).update(**changes)
    return True


def sync_due_connections(*, clock: Callable[[], datetime]) -> None:
    """Sync the connections that were asked for, or are no longer fresh.

    Each is looked at when its turn comes: the feeds before it may have taken long.
    """
    for key in _due(at=clock()).values_list("pk", flat=True):
        at = clock()
        if connection := _due(at=at).filter(pk=key).first():
            sync_connection(connection, at=at)


@shared_task(time_limit=TASK_LIMIT_SECONDS, soft_time_limit=TASK_LIMIT_SECONDS)
def sync_due_connections_task() -> None:
    sync_due_connections(clock=database_time)


def _due(*, at: datetime) -> QuerySet[Connection]:
    asked = Q(sync_asked_at__isnull=False) & (
        Q(sync_began_at=None) | Q(sync_asked_at__gt=F("sync_began_at"))
    )
    stale = Q(synced_at=None) | Q(synced_at__lte=at - EVERY)
    rested = Q(sync_began_at=None) | Q(sync_began_at__lte=at - RETRY_AFTER)
    return Connection.objects.filter(asked | stale & rested).order_by("synced_at")


def _may_shrink(connection: Connection) -> bool:
    """Tell whether staff have said since the last sync that the feed is right to lack so much."""
    said_at, began_at = connection.shrinking_taken_at, connection.sync_began_at
    return said_at is not None and (began_at is None or said_at > began_at)


def _claim(connection: Connection, *, at: datetime) -> bool:
    free = Q(sync_lease_until=None) | Q(sync_lease_until__lte=at)
    claimed = Connection.objects.filter(free, pk=connection.pk).update(
        sync_began_at=at, sync_lease_until=at + LEASE, synced_count=0, sync_error=""
    )
    return bool(claimed)


def _read_feed(connection: Connection, *, may_shrink: bool, at: datetime) -> None:
    """Merge page after page, then take out of sale what the whole feed no longer names."""
    # Numbers as integers: a million of them take 8 MB.
    listed = array("q")
    unreadable = 0
    known_kinds: set[tuple[str, str]] = set()
    for page in get_driver(connection).list_offers():
        unreadable += page.unreadable
        known_kinds = _sell_new_kinds(page.offers, known_kinds, at=at)
        _merge(connection, page, at=at)
        listed.extend(int(offer.number) for offer in page.offers)
        Connection.objects.filter(pk=connection.pk).update(
            synced_count=len(listed), sync_lease_until=database_time() + LEASE
        )
    if unreadable:
        logger.warning("unreadable offers", extra={"carrier": connection.name, "count": unreadable})
    _remove_unlisted(connection, listed, however_many=may_shrink, at=at)


def _sell_new_kinds(
    offers: Sequence[Offer], known: set[tuple[str, str]], *, at: datetime
) -> set[tuple[str, str]]:
    kinds = {(offer.country, offer.number_type) for offer in offers}
    if kinds - known:
        prices.sell(kinds - known, at=at)
    return known | kinds


@transaction.atomic(durable=True)
def _merge(connection: Connection, page: OfferPage, *, at: datetime) -> None:
    with acting(_carrier(connection)), database.cursor() as cursor:
        merging.stage(cursor, page.offers)
        merging.merge_staged(cursor, connection_id=connection.pk, at=at)


@transaction.atomic(durable=True)
def _remove_unlisted(
    connection: Connection, listed: Iterable[int], *, however_many: bool, at: datetime
) -> None:
    remark = "No longer offered by the carrier."
    with acting(_carrier(connection), remark), database.cursor() as cursor:
        merging.stage_listed(cursor, listed)
        offered, unlisted = merging.count_unlisted(cursor, connection_id=connection.pk)
        if offered - unlisted < offered * LEAST_SHARE_KEPT and not however_many:
            raise FeedShrank(f"{unlisted} of {offered} numbers are missing.")
        merging.remove_unlisted(cursor, connection_id=connection.pk, at=at)


def _carrier(connection: Connection) -> Actor:
    return Actor(ActorKind.CARRIER, connection.reference, connection.name)
