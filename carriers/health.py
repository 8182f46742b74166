"""Whether a carrier lets us in, and how much of our money it has left."""

from datetime import datetime, timedelta

from celery import shared_task
from django.db.models import Q

from carriers.driver import CarrierError
from carriers.models import Connection
from carriers.registry import get_driver
from lifecycle.clock import database_time

EVERY = timedelta(minutes=5)


def check_account(connection: Connection, *, at: datetime) -> None:
    """Ask the carrier how we stand there, and write down what it says or that it says nothing."""
    try:
        account = get_driver(connection).check_account()
    except CarrierError as error:
        mark_unhealthy(connection, f"{type(error).__name__}: {error}", at=at)
        return
    Connection.objects.filter(pk=connection.pk).update(
        checked_at=at,
        is_healthy=account.is_healthy,
        health="" if account.is_healthy else "The carrier says that our account is not in order.",
        carrier_balance=account.balance,
        carrier_currency=account.currency,
    )


def mark_unhealthy(connection: Connection, why: str, *, at: datetime) -> None:
    Connection.objects.filter(pk=connection.pk).update(
        checked_at=at, is_healthy=False, health=why[:200]
    )


def check_accounts(*, at: datetime) -> None:
    """Check the connections that nobody has checked for a while."""
    due = Q(checked_at=None) | Q(checked_at__lte=at - EVERY)
    for connection in Connection.objects.filter(due).order_by("checked_at"):
        check_account(connection, at=at)


@shared_task
def check_accounts_task() -> None:
    check_accounts(at=database_time())
