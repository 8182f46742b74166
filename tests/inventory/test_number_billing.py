"""The tab Billing of a number: since when it is paid, until when, and for how much."""

from datetime import UTC, datetime

import pytest
import time_machine

from billing import periods
from tests.conftest import NOON
from tests.inventory.factories import make_held_number


@pytest.fixture
def held(tenant):
    return make_held_number(
        tenant,
        period_months=3,
        period_price=570,
        channels=3,
        channel_price=70,
        connect_rate="0.005",
    )


@pytest.fixture
def paid(held, tenant):
    tenant.time_zone = "America/Chicago"
    return periods.open_first(held.holding, months=3, price=570, at=NOON)


def read(client, held):
    return client.get(f"/numbers/{held.holding.reference}/billing/").text


def test_says_what_it_costs(member, held):
    page = read(member, held)

    assert "$1.20" in page
    assert "$5.70 for 3 months with 3 channels, of which 1 at $0.70 a month each" in page
    assert "$0.0085" in page
    assert "$0.005" in page
    assert "60/1: the first 60 seconds of a call are charged whole, then every 1 second" in page


def test_says_since_when_and_until_when(member, held, paid):
    with time_machine.travel(datetime(2026, 12, 1, tzinfo=UTC)):
        page = read(member, held)

    assert "Nov 22, 2026 to Feb 21, 2027, 3 months" in page


def test_lists_the_periods_so_far(member, held, paid):
    page = read(member, held)

    assert "Paid periods, newest first" in page
    assert "Feb 21, 2027" in page


def test_number_that_is_not_delivered_has_paid_nothing(member, tenant):
    pending = make_held_number(tenant, state="pending")

    page = read(member, pending)

    assert "Not yet delivered" in page
    assert "Nothing paid yet" in page


@pytest.mark.parametrize(
    ("left", "words"),
    [(None, "as long as you hold it"), (2, "for this period and 2 more")],
)
def test_free_number_says_for_how_long(member, tenant, left, words):
    free = make_held_number(tenant, is_free=True, free_periods_left=left)

    page = read(member, free)

    assert "Nothing is due for the number itself" in page
    assert words in page


def test_number_of_another_tenant_does_not_exist(other_admin, held):
    path = f"/numbers/{held.holding.reference}/billing/"
    assert other_admin.get(path).status_code == 404


def test_asks_the_database_a_fixed_number_of_times(
    member, held, paid, django_assert_max_num_queries
):
    with django_assert_max_num_queries(24):
        read(member, held)
