from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from config import starting
from lifecycle.clock import database_time
from stock.opening_prices import PER_DOLLAR
from tenants.platform_settings import CURRENCIES

pytestmark = pytest.mark.django_db


@pytest.fixture
def other():
    second = connection.copy()
    yield second
    second.close()


class TakingTurns:
    """Two sessions that a transaction pooler has put on one server process each time."""

    def __init__(self, *turns: BaseDatabaseWrapper) -> None:
        self.turns = list(turns)

    def cursor(self):
        return self.turns.pop(0).cursor()


def test_a_direct_connection_may_start(other):
    starting.refuse_transaction_pooling(connection, other)


def test_a_session_that_changes_its_server_process_may_not_start(other):
    pooled = TakingTurns(connection, other)

    with pytest.raises(starting.UnsafeStart, match="session mode"):
        starting.refuse_transaction_pooling(pooled, other)


def test_a_clock_that_is_off_may_not_start():
    with (
        time_machine.travel(database_time() + timedelta(seconds=10)),
        pytest.raises(starting.UnsafeStart, match="clock"),
    ):
        starting.refuse_skewed_clock(connection)


def test_a_right_clock_may_start():
    starting.refuse_skewed_clock(connection)


def test_a_currency_without_limits_may_not_start(settings):
    settings.CURRENCIES = ["USD", "SGD"]

    with pytest.raises(starting.UnsafeStart, match="CURRENCIES names SGD"):
        starting.refuse_unknown_currencies()


def test_each_currency_with_limits_has_prices_to_begin_with_and_may_start(settings):
    settings.CURRENCIES = list(CURRENCIES)

    starting.refuse_unknown_currencies()

    assert set(PER_DOLLAR) == set(CURRENCIES)
