"""Toll-free numbers: a list, or those that fit a pattern."""

import pytest

from stock import counting
from stock.models import NumberType
from tests.conftest import NOON
from tests.stock.factories import make_connection, make_number, make_price, make_sku


@pytest.fixture
def toll_free(tenant):
    """Twelve ordinary numbers behind 877 and one behind 800 that spells OUR-FOOD."""
    make_connection(synced_at=NOON)
    sku = make_sku(code="US-TF", number_type=NumberType.TOLL_FREE)
    make_price(sku, monthly_price=250)
    ordinary = [f"1877555{line}" for line in range(2000, 2012)]
    for digits in [*ordinary, "18006873663"]:
        make_number(
            digits=digits,
            npa=digits[1:4],
            nxx="",
            region="",
            city="",
            rate_center="",
            number_type=NumberType.TOLL_FREE,
            sku=sku,
        )
    counting.rebuild()
    return ordinary


def digits_on(page):
    return [offer.number.digits for offer in page.context["results"].offers]


def test_first_visit_offers_both_modes(member, toll_free):
    page = member.get("/buy/toll-free/").text

    assert "Pick one from a list" in page
    assert 'href="?mode=vanity"' in page
    assert 'href="/buy/toll-free/"' in page


def test_ten_numbers_are_listed_unless_more_are_asked_for(member, toll_free):
    ten = member.get("/buy/toll-free/", {"mode": "regular", "show": ""})
    more = member.get("/buy/toll-free/", {"mode": "regular", "show": "25"})
    next_ten = member.get(f"/buy/toll-free/{ten.context['results'].next}")

    assert len(digits_on(ten)) == 10
    assert len(digits_on(more)) == 13
    assert digits_on(ten) + digits_on(next_ten) == digits_on(more)
    assert "$2.50" in ten.text


def test_the_list_keeps_to_a_code(member, toll_free):
    page = member.get("/buy/toll-free/", {"mode": "regular", "show": "25", "npa": "877"})

    assert digits_on(page) == toll_free


@pytest.mark.parametrize(
    ("pattern", "count", "reading"),
    [
        ("877-555-XXXX", 10, "877 555-xxxx"),
        ("8XX-OUR-FOOD", 1, "8xx 687-3663"),
        ("8XX-XXX-2000", 1, "8xx xxx-2000"),
        ("1-800-OUR-FO0D", 0, "800 687-3603"),
    ],
)
def test_vanity_finds_what_fits_and_says_how_it_read(member, toll_free, pattern, count, reading):
    page = member.get("/buy/toll-free/", {"mode": "vanity", "pattern": pattern})

    assert len(digits_on(page)) == count
    assert f"<b>{reading}</b>" in page.text


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("877-555-XX", "has 8 places"),
        ("OUR-FOOD", "put 8XX, for any toll-free code, before it"),
        ("", "Type the digits or letters"),
        ("***", "fits every number"),
        ("<script>", "“&lt;” cannot be part of a pattern."),
        ("+44*", "Behind the plus comes +1"),
    ],
)
def test_vanity_explains_a_wrong_shape(member, toll_free, pattern, words):
    page = member.get("/buy/toll-free/", {"mode": "vanity", "pattern": pattern})

    assert words in page.text
    assert "results" not in page.context


@pytest.mark.parametrize("wanted", [{"mode": "bogus", "show": "10"}, {"npa": ""}])
def test_an_unknown_mode_and_a_code_alone_list_numbers(member, toll_free, wanted):
    assert digits_on(member.get("/buy/toll-free/", wanted)) == ["18006873663", *toll_free[:9]]


@pytest.mark.parametrize("wanted", [{"show": "11"}, {"show": "10", "npa": "501"}])
def test_other_bad_wishes_are_named(member, toll_free, wanted):
    page = member.get("/buy/toll-free/", {"mode": "regular", **wanted})

    assert "Select a valid choice" in page.text
    assert "results" not in page.context


def test_htmx_gets_the_search_alone(member, toll_free):
    page = member.get("/buy/toll-free/", {"show": "10"}, headers={"hx-request": "true"})

    assert page.text.lstrip().startswith('<div id="toll-free"')
    assert "10 numbers shown." in page.text


def test_asks_the_database_a_fixed_number_of_times(
    member, toll_free, django_assert_max_num_queries
):
    with django_assert_max_num_queries(42):
        member.get("/buy/toll-free/", {"mode": "regular", "show": "50"})
