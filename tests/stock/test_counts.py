from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stock import counting, counts, reserving
from stock.models import NumberType, StaleCount, StockNumber
from tests.stock.factories import make_number

LITTLE_ROCK = {"city": "Little Rock", "rate_center": "LITTLEROCK"}
CONWAY = {"city": "Conway", "rate_center": "CONWAY"}


@pytest.fixture
def stock(tenant):
    """Three numbers in Little Rock, one of them without SMS, one in Conway, one in Alaska."""
    make_number(digits="15015550100", **LITTLE_ROCK)
    make_number(digits="15015550101", **LITTLE_ROCK)
    make_number(digits="15015560100", nxx="556", has_sms=False, **LITTLE_ROCK)
    make_number(digits="15012050100", nxx="205", **CONWAY)
    make_number(
        digits="19072000100", npa="907", nxx="200", region="AK", city="Anchorage", rate_center="ANC"
    )
    counting.recount_stale()


def pairs(choices):
    return [(choice.value, choice.available) for choice in choices]


def test_states_have_names_and_counts(stock):
    assert counts.states("US") == [
        counts.Choice("AK", "Alaska", 1),
        counts.Choice("AR", "Arkansas", 4),
    ]


def test_every_choice_says_how_many_it_leaves(stock):
    assert pairs(counts.area_codes("US", "AR")) == [("501", 4)]
    assert pairs(counts.exchanges("US", "AR", npa="501")) == [("205", 1), ("555", 2), ("556", 1)]
    assert pairs(counts.rate_centers("US", "AR")) == [("CONWAY", 1), ("LITTLEROCK", 3)]
    assert pairs(counts.cities("US", "AR")) == [("Conway", 1), ("Little Rock", 3)]


def test_only_numbers_with_sms_count_when_sms_is_wanted(stock):
    assert pairs(counts.exchanges("US", "AR", npa="501", has_sms=True)) == [
        ("205", 1),
        ("555", 2),
    ]


def test_only_the_wanted_type_counts(stock):
    assert counts.states("US", number_type=NumberType.MOBILE) == []


@pytest.mark.parametrize("typed", ["little", "LITTLE R", "Li"])
def test_cities_are_found_as_they_are_typed(stock, typed):
    assert pairs(counts.cities("US", "AR", starts_with=typed)) == [("Little Rock", 3)]


def test_wildcards_are_letters_like_any_other(stock):
    assert counts.cities("US", "AR", starts_with="%") == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda: counts.states("US"),
        lambda: counts.area_codes("US", "AR"),
        lambda: counts.exchanges("US", "AR", npa="501"),
        lambda: counts.rate_centers("US", "AR"),
        lambda: counts.cities("US", "AR", starts_with="c"),
    ],
)
def test_each_question_is_one_query_to_the_rollups(stock, ask):
    with CaptureQueriesContext(connection) as captured:
        assert ask()

    [query] = [query["sql"] for query in captured if "search_path" not in query["sql"]]
    assert "stock_stocknumber" not in query


def test_a_sale_is_counted_by_the_next_sweep(stock, tenant, at):
    until = at + timedelta(minutes=1)
    reserving.hold_for_cart(["15015550100"], tenant=tenant, until=until, at=at)
    assert StaleCount.objects.get().prefix == "1501555"

    counting.recount_stale()

    assert pairs(counts.exchanges("US", "AR", npa="501"))[1] == ("555", 1)
    assert pairs(counts.cities("US", "AR")) == [("Conway", 1), ("Little Rock", 2)]
    assert pairs(counts.states("US")) == [("AK", 1), ("AR", 3)]
    assert not StaleCount.objects.exists()


def test_the_last_number_of_a_place_takes_it_off_the_list(stock, at):
    StockNumber.objects.get(digits="19072000100").move_to("locked", at=at)

    counting.recount_stale()

    assert pairs(counts.states("US")) == [("AR", 4)]
    assert counts.cities("US", "AK") == []


def test_a_number_that_moves_to_another_place_is_counted_there(stock):
    StockNumber.objects.filter(digits="15012050100").update(**LITTLE_ROCK)

    counting.recount_stale()

    assert pairs(counts.cities("US", "AR")) == [("Little Rock", 4)]
    assert pairs(counts.rate_centers("US", "AR")) == [("LITTLEROCK", 4)]


def test_counting_all_gives_what_counting_one_by_one_gave(stock, tenant, at):
    until = at + timedelta(minutes=1)
    reserving.hold_for_cart(["15015550100"], tenant=tenant, until=until, at=at)
    counting.recount_stale()
    before = [counts.states("US"), counts.cities("US"), counts.exchanges("US", npa="501")]

    counting.rebuild()

    assert [
        counts.states("US"),
        counts.cities("US"),
        counts.exchanges("US", npa="501"),
    ] == before


def test_one_prefix_abroad_may_begin_with_another(stock):
    german = {"country": "DE", "region": "", "npa": "30", "rate_center": "", "city": "Berlin"}
    make_number(digits="49301234567", nxx="123", **german)
    make_number(digits="493012345678", nxx="1234", **german)

    counting.recount_stale()

    assert pairs(counts.exchanges("DE", npa="30")) == [("123", 1), ("1234", 1)]
    assert pairs(counts.states("DE")) == [("", 2)]
