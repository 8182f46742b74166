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
    """Return how long a lease, a retry or a patience lasts here: as said, but in tests of it all.

    Those, chaos runs among them, make everything that waits go WORK_PACE times as fast.
    """
    pace: float = settings.WORK_PACE
    return wait / pace
