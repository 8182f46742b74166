"""The one clock that all workers share."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection


def database_time() -> datetime:
    """Return the database's time, UTC. Read it once at the edge of a sweep and pass it down."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def shortened(wait: timedelta) -> timedelta:
    """Return how long a lease, a retry or a patience lasts here: as said, in production.

    Where the whole product is tested, it is WORK_PACE times as short.
    """
    pace: float = settings.WORK_PACE
    return wait / pace
