from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from billing import periods
from billing.models import BillingPeriod
from tests.conftest import NOON

days = st.dates(date(2020, 1, 1), date(2050, 12, 31))


@given(days, st.integers(1, 600))
def test_a_period_ends_on_the_anchors_day_or_the_last_of_its_month(anchor, months):
    end = periods.period_end(anchor, months)

    assert (end.year * 12 + end.month) - (anchor.year * 12 + anchor.month) == months
    is_last_of_month = (end + timedelta(days=1)).month != end.month
    assert end.day == anchor.day or (end.day < anchor.day and is_last_of_month)


@given(days)
def test_600_months_follow_each_other_without_gap_or_overlap(anchor):
    ends = [periods.period_end(anchor, months) for months in range(601)]

    assert ends[0] == anchor
    assert all(28 <= (later - earlier).days <= 31 for earlier, later in pairwise(ends))


@pytest.mark.parametrize(
    ("anchor", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_ends_of_months(anchor, months, end):
    assert periods.period_end(anchor, months) == end


def make_holding(**changes):
    """What open_first reads of a stock.Holding."""
    fields = {
        "pk": 7,
        "reference": uuid4(),
        "monthly_price": 150,
        "currency": "USD",
        "tenant": SimpleNamespace(time_zone="America/New_York"),
    }
    return SimpleNamespace(**fields | changes)


def test_a_number_is_paid_from_its_first_day_in_the_tenants_zone(tenant):
    late_evening = datetime(2026, 2, 1, 3, tzinfo=UTC)

    opened = periods.open_first(make_holding(), months=3, price=360, at=late_evening)

    assert (opened.period.lower, opened.period.upper) == (date(2026, 1, 31), date(2026, 4, 30))
    assert (opened.price, opened.currency, opened.anchor) == (360, "USD", date(2026, 1, 31))


def test_it_is_paid_until_midnight_in_the_tenants_zone(tenant):
    opened = periods.open_first(make_holding(), months=1, price=120, at=NOON)

    ends_at = periods.paid_until(opened, tenant=tenant)

    assert ends_at.astimezone(UTC) == datetime(2026, 12, 22, 5, tzinfo=UTC)


def test_opening_again_returns_the_first(tenant):
    holding, cause = make_holding(), uuid4()
    first = periods.open_first(holding, months=1, price=120, at=NOON, cause=cause)

    assert periods.open_first(holding, months=1, price=120, at=NOON, cause=cause) == first


def test_no_day_of_a_holding_is_paid_twice(tenant):
    holding = make_holding()
    periods.open_first(holding, months=1, price=120, at=NOON)

    with pytest.raises(IntegrityError, match="billing_period_once"), transaction.atomic():
        periods.open_first(
            holding, months=1, price=120, at=NOON + timedelta(days=20), cause=uuid4()
        )


def test_the_next_period_begins_on_the_day_the_first_ends(tenant):
    holding = make_holding()
    periods.open_first(holding, months=1, price=120, at=NOON)

    periods.open_first(holding, months=1, price=120, at=NOON + timedelta(days=30), cause=uuid4())

    assert BillingPeriod.objects.count() == 2
