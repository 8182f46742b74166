from collections import Counter
from contextlib import contextmanager
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carriers.models import Connection
from stock import counting, coverage
from stock.coverage import CoverageCriteria, NotAPlace, Place
from stock.models import Coverage, NumberType, StockNumber, Tier
from tests.stock.factories import make_number, make_price, make_sku
from tests.stock.pricing import make_cost

LITTLE_ROCK = {"city": "Little Rock", "rate_center": "LITTLEROCK"}
CONWAY = {"city": "Conway", "rate_center": "CONWAY", "nxx": "327"}
ANCHORAGE = {"region": "AK", "npa": "907", "nxx": "200", "city": "Anchorage"}
TOLL_FREE = {"region": "", "npa": "800", "nxx": "", "city": "", "rate_center": ""}


@pytest.fixture
def stock(tenant):
    """Numbers of three cities and toll-free ones, all of them for sale."""
    make_price()
    make_number(digits="15015550100", **LITTLE_ROCK)
    make_number(digits="15015550101", **LITTLE_ROCK, has_sms=False, has_fax=True)
    make_number(digits="15015560100", nxx="556", **LITTLE_ROCK, monthly_cost=Decimal("0.50"))
    make_number(digits="15013270100", **CONWAY)
    make_number(digits="19072000100", **ANCHORAGE)
    toll_free = make_sku(code="US-TF", number_type="toll_free")
    make_price(toll_free, monthly_price=250)
    make_number(digits="18005550100", number_type="toll_free", sku=toll_free, **TOLL_FREE)
    counting.recount_stale()


def rows_of(tenant, at, *, country="US", **wanted):
    terms = coverage.terms_of(tenant, at=at).get(country, {})
    found = coverage.rows(CoverageCriteria(country, **wanted), terms)
    return [
        (place.city or place.number_type, place.npa, row.wanted)
        for row in found.order_by("key")
        for place in [Place.of_key(country, row.key)]
    ]


def test_rows_are_places_in_the_order_of_their_names(stock, tenant, at):
    assert rows_of(tenant, at) == [
        ("toll_free", "800", 1),
        ("Anchorage", "907", 1),
        ("Conway", "501", 1),
        ("Little Rock", "501", 3),
    ]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"city": "little"}, ["Little Rock"]),
        ({"city": "rock"}, []),
        ({"city": "%"}, []),
        ({"prefix": "50"}, ["Conway", "Little Rock"]),
        ({"prefix": "501327"}, ["Conway", "Little Rock"]),
        ({"prefix": "9"}, ["Anchorage"]),
        ({"number_types": [NumberType.TOLL_FREE]}, ["toll_free"]),
        ({"number_types": []}, []),
        ({"service": "fax"}, ["Little Rock"]),
        ({"service": "emergency"}, []),
        ({"country": "CA"}, []),
    ],
)
def test_each_filter_narrows_the_rows(stock, tenant, at, wanted, found):
    assert [name for name, _, _ in rows_of(tenant, at, **wanted)] == found


def test_a_service_counts_the_numbers_that_have_it(stock, tenant, at):
    assert rows_of(tenant, at, service="sms", city="Little") == [("Little Rock", "501", 2)]


def test_what_has_no_price_is_not_covered(stock, tenant, at):
    tenant.currency = "GBP"

    assert rows_of(tenant, at) == []


def test_only_what_costs_us_more_than_its_price_is_left_out(stock, tenant, at):
    make_price(monthly_price=45)

    assert rows_of(tenant, at, city="Little") == [("Little Rock", "501", 2)]


def test_a_cost_of_the_carrier_counts_where_the_number_names_none(stock, tenant, at):
    StockNumber.objects.update(setup_cost=None, monthly_cost=None, cost_currency="")
    make_cost(setup_cost=0, monthly_cost=2)
    counting.recount_stale()

    assert rows_of(tenant, at) == [("toll_free", "800", 1)]


def test_where_we_do_not_buy_only_our_own_are_covered(stock, tenant, at):
    StockNumber.objects.filter(digits="15013270100").update(ours_since=at)
    counting.recount_stale()
    Connection.objects.update(is_buying_allowed=False)

    assert rows_of(tenant, at) == [("Conway", "501", 1)]


def test_numbers_of_another_sku_are_a_row_of_their_own(stock, tenant, at):
    dearer = make_sku(code="US-GEO-LR", region="AR", city="Little Rock")
    make_price(dearer, monthly_price=999)
    StockNumber.objects.filter(digits="15015550100").update(sku=dearer)
    counting.recount_stale()

    terms = coverage.terms_of(tenant, at=at)["US"]
    found = coverage.rows(CoverageCriteria("US", city="Little"), terms)

    assert {(row.sku, row.wanted) for row in found} == {(dearer.pk, 1), (make_sku().pk, 2)}


def test_a_lot_knows_the_exchanges_and_tiers_of_its_row(stock, tenant, at):
    place = Place("US", "Little Rock", "AR", "501", "geographic", make_sku().reference)
    terms = coverage.terms_of(tenant, at=at)["US"]

    lots = coverage.find_lots("US", [place.key, "nowhere"], terms)

    assert list(lots) == [place.key]
    assert lots[place.key].place == place
    assert lots[place.key].prefixes == ["1501555", "1501556"]
    costs = {str(tier.monthly_cost) for tier in lots[place.key].tiers}
    assert costs == {"0.4000", "0.5000"}


def test_places_say_how_their_numbers_begin():
    place = Place("IT", "Rome", "", "06", NumberType.GEOGRAPHIC, uuid4())

    assert (str(place), place.prefix) == ("Rome (+39 06)", "+39 06")


@pytest.mark.parametrize("key", ["", "a\tb", "a\tb\tc\td\te", "Rome\t\t06\tgeographic\tx"])
def test_a_key_that_no_row_has_is_refused(key):
    with pytest.raises(NotAPlace):
        Place.of_key("IT", key)


def test_a_tier_without_numbers_is_forgotten(stock):
    StockNumber.objects.filter(monthly_cost=Decimal("0.50")).update(monthly_cost=Decimal("0.40"))

    counting.recount_stale()

    assert set(Tier.objects.values_list("sku__code", "monthly_cost")) == {
        ("US-GEO", Decimal("0.40")),
        ("US-TF", Decimal("0.40")),
    }


PLACES = [LITTLE_ROCK, CONWAY, ANCHORAGE]
COSTS = [Decimal("0.40"), Decimal("0.50"), None]
a_change = st.one_of(
    st.builds(lambda: {"state": "locked", "version": 1}),
    st.builds(lambda: {"state": "available"}),
    st.sampled_from(PLACES),
    st.sampled_from(COSTS).map(
        lambda cost: {
            "setup_cost": cost,
            "monthly_cost": cost,
            "cost_currency": (cost and "USD") or "",
        }
    ),
    st.booleans().map(lambda yes: {"has_sms": yes, "has_fax": not yes}),
    st.booleans().map(lambda yes: {"has_voice": yes, "has_emergency": not yes}),
    st.booleans().map(lambda yes: {"number_type": "mobile" if yes else "geographic"}),
    st.sampled_from(["US-GEO", "US-GEO-AK"]).map(lambda code: {"sku": code}),
)
changes = st.lists(st.tuples(st.integers(0, 7), a_change), min_size=1, max_size=12)


@pytest.fixture
def eight(tenant):
    make_sku(code="US-GEO-AK", region="AK")
    return [make_number(digits=f"1501555010{n}").digits for n in range(8)]


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rounds=st.lists(changes, min_size=1, max_size=3))
def test_the_rollup_equals_a_direct_count_whatever_has_changed(eight, rounds):
    with undone():
        for changed in rounds:
            for n, change in changed:
                apply(eight[n], change)
            counting.recount_stale()

            assert rolled_up() == counted()


def apply(digits, change):
    if code := change.get("sku"):
        change = {"sku": make_sku(code=code)}
    StockNumber.objects.filter(digits=digits).update(**change)


def rolled_up():
    found: Counter = Counter()
    for row in Coverage.objects.select_related("tier"):
        place = Place.of_key("US", row.key)
        assert (place.city, place.region, place.npa) == (row.city, row.region, row.npa)
        assert row.tier.sku_id == row.sku_id
        found[of(row, row.tier)] += row.available
        for service, (_, column) in coverage.SERVICES.items():
            found[(*of(row, row.tier), service)] += getattr(row, column)
    return +found


def counted():
    found: Counter = Counter()
    for number in StockNumber.objects.filter(state="available"):
        found[of(number, number)] += 1
        for service in coverage.SERVICES:
            found[(*of(number, number), service)] += getattr(number, f"has_{service}")
    return +found


def of(place, sold):
    return (
        *(place.country, place.region, place.city, place.npa, place.number_type),
        *(sold.sku_id, sold.connection_id, sold.monthly_cost, sold.cost_currency),
    )
