"""The one clock that all workers share."""

from datetime import datetime

from django.db import connection


def database_time() -> datetime:
    """Return the database's time, UTC. Read it once at the edge of a sweep and pass it down."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
