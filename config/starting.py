"""What a process checks before it serves: permissions, how tenants are kept apart, its clock."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from config.checks import check_every_url_has_a_permission
from tenants.platform_settings import CURRENCIES

MOST_CLOCK_SKEW = timedelta(seconds=2)


class UnsafeStart(Exception):
    """Serving would mix tenants up, or bill at the wrong time. The message says what to change."""


def refuse_unsafe_start() -> None:
    """Raises UnsafeStart if a URL is open by accident, with a currency that has no limits of ours,
    behind a transaction pooler, or with a clock more than 2 s off.
    """
    refuse_open_urls()
    refuse_unknown_currencies()
    other = connection.copy()
    try:
        refuse_transaction_pooling(connection, other)
        refuse_skewed_clock(connection)
    finally:
        other.close()
        connection.close()


def refuse_open_urls() -> None:
    for unguarded in check_every_url_has_a_permission():
        raise UnsafeStart(f"{unguarded.msg}. {unguarded.hint}")


def refuse_unknown_currencies() -> None:
    if unknown := sorted(set(settings.CURRENCIES) - set(CURRENCIES)):
        raise UnsafeStart(
            f"CURRENCIES names {', '.join(unknown)}, for which there are no limits and prices to "
            f"begin with. Choose among {', '.join(CURRENCIES)}."
        )


def refuse_transaction_pooling(ours: BaseDatabaseWrapper, other: BaseDatabaseWrapper) -> None:
    """Let a second session take what a pooler would think is idle, and see if it was ours."""
    before = backend(ours)
    other.set_autocommit(False)
    backend(other)
    after = backend(ours)
    other.rollback()
    if after != before:
        raise UnsafeStart(
            "The database is behind a pooler in transaction mode, which mixes tenants up. "
            "Connect DATABASE_URL directly, or set the pooler to session mode."
        )


def backend(session: BaseDatabaseWrapper) -> int:
    with session.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        pid: int = cursor.fetchone()[0]
    return pid


def refuse_skewed_clock(session: BaseDatabaseWrapper) -> None:
    with session.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        skew = abs(cursor.fetchone()[0] - datetime.now(UTC))
    if skew > MOST_CLOCK_SKEW:
        raise UnsafeStart(
            f"This machine's clock is {skew.total_seconds():.1f} s off the database's. "
            "Synchronise it, then start again."
        )
