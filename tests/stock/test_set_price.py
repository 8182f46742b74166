"""Prices hold from one moment until another; what was set before ends with what follows it."""

from datetime import timedelta

import pytest

from stock import prices, repricing, skus
from stock.models import Price
from tenants.models import StaffAct
from tests.conftest import NOON
from tests.stock.factories import BEGINNING, make_number, make_price, make_sku
from tests.stock.pricing import OLGA, make_list, make_terms, prices_of

DAY = timedelta(days=1)


@pytest.fixture
def listed(db):
    return make_list()


@pytest.fixture
def price(listed):
    """A dollar twenty a month since long ago."""
    return make_price(monthly_price=120)


def set_price(listed, monthly_price, *, begins_at=None, at=NOON, sku=None, **terms):
    return repricing.set_price(
        listed,
        sku or make_sku(),
        make_terms(monthly_price=monthly_price, **terms),
        begins_at=begins_at,
        actor=OLGA,
        at=at,
    )


def test_a_price_from_now_on_ends_the_one_before(listed, price):
    set_price(listed, 150)

    assert prices_of(listed) == [(BEGINNING, NOON, 120), (NOON, None, 150)]


def test_a_first_price_begins_now(listed):
    set_price(listed, 150)

    assert prices_of(listed) == [(NOON, None, 150)]


def test_a_price_from_a_later_day_leaves_the_one_of_now_until_then(listed, price):
    set_price(listed, 150, begins_at=NOON + DAY)

    assert prices_of(listed) == [
        (BEGINNING, NOON + DAY, 120),
        (NOON + DAY, None, 150),
    ]


def test_a_price_before_one_to_come_lasts_until_that(listed, price):
    set_price(listed, 150, begins_at=NOON + 2 * DAY)

    set_price(listed, 140, begins_at=NOON + DAY)

    assert prices_of(listed) == [
        (BEGINNING, NOON + DAY, 120),
        (NOON + DAY, NOON + 2 * DAY, 140),
        (NOON + 2 * DAY, None, 150),
    ]


def test_a_price_from_the_same_day_replaces_the_one_to_come(listed, price):
    set_price(listed, 150, begins_at=NOON + DAY)

    set_price(listed, 160, begins_at=NOON + DAY)

    assert prices_of(listed) == [(BEGINNING, NOON + DAY, 120), (NOON + DAY, None, 160)]


def test_a_day_that_is_past_means_now(listed, price):
    set_price(listed, 150, begins_at=NOON - DAY)

    assert prices_of(listed)[-1] == (NOON, None, 150)


def test_other_lists_and_skus_keep_their_prices(listed, price):
    other = make_price(make_sku(code="US-TF", number_type="toll_free"), monthly_price=250)

    set_price(listed, 150)

    assert prices_of(listed, sku=other.sku) == [(BEGINNING, None, 250)]


def test_who_set_it_is_on_the_price_and_among_the_acts(listed, price):
    set_price(listed, 150, begins_at=NOON + DAY)

    newest = Price.objects.get(monthly_price=150)
    assert (newest.actor_name, newest.set_at) == ("Olga", NOON)
    act = StaffAct.objects.get()
    assert (act.kind, act.subject_name) == ("price_set", "Standard USD: US-GEO")
    assert act.reason == "$1.50 a month from Nov 23, 2026, 12:00 UTC"


def test_a_withdrawn_price_lets_the_one_before_go_on(listed, price):
    set_price(listed, 150, begins_at=NOON + DAY)

    repricing.withdraw_price(Price.objects.get(monthly_price=150), actor=OLGA, at=NOON)

    assert prices_of(listed) == [(BEGINNING, None, 120)]


def test_what_lies_between_two_others_is_withdrawn_without_a_gap(listed, price):
    set_price(listed, 140, begins_at=NOON + DAY)
    set_price(listed, 150, begins_at=NOON + 2 * DAY)

    repricing.withdraw_price(Price.objects.get(monthly_price=140), actor=OLGA, at=NOON)

    assert prices_of(listed) == [
        (BEGINNING, NOON + 2 * DAY, 120),
        (NOON + 2 * DAY, None, 150),
    ]


def test_what_has_begun_cannot_be_withdrawn(listed, price):
    with pytest.raises(repricing.NotToCome):
        repricing.withdraw_price(price, actor=OLGA, at=NOON)

    assert prices_of(listed) == [(BEGINNING, None, 120)]


def test_an_ended_price_sells_nothing_more_until_the_next(listed, price, tenant):
    number = make_number()
    set_price(listed, 150, begins_at=NOON + DAY)

    repricing.end_price(Price.objects.get(monthly_price=120), actor=OLGA, at=NOON)

    assert prices_of(listed) == [(BEGINNING, NOON, 120), (NOON + DAY, None, 150)]
    assert prices.for_sale(tenant, [number], at=NOON) == {}
    assert prices.for_sale(tenant, [number], at=NOON + DAY)


def test_what_is_over_cannot_be_ended(listed, price):
    set_price(listed, 150)

    with pytest.raises(repricing.NotInForce):
        repricing.end_price(price, actor=OLGA, at=NOON + DAY)


def test_nothing_is_priced_that_is_no_longer_sold(listed):
    sku = make_sku(code="US-NYC", region="NY", city="New York City")
    skus.remove_sku(sku, actor=OLGA, at=NOON)

    with pytest.raises(repricing.SkuRemoved):
        set_price(listed, 150, sku=sku)

    assert prices_of(listed) == []
