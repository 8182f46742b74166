import pytest

from tests.conftest import NOON
from tests.inventory.factories import make_holding
from tests.stock.factories import make_number


@pytest.mark.parametrize(
    "query",
    [
        {"number": "+1 501"},
        {"number": "1501555"},
        {"number": "+1501*"},
        {"number": "1-501-JKL"},
        {"state": "available"},
        {"country": "us"},
        {"region": "ar"},
        {"number_type": "geographic"},
        {"sku": "us-geo"},
    ],
)
def test_filter_finds_the_number(support, query):
    make_number(digits="15015550100")

    assert "+1 501-555-0100" in support.get("/stock/", query).text


@pytest.mark.parametrize(
    "query", [{"number": "1502"}, {"state": "locked"}, {"region": "TX"}, {"ours": "on"}]
)
def test_filter_leaves_the_number_out(support, query):
    make_number(digits="15015550100")

    page = support.get("/stock/", query).text
    assert "+1 501-555-0100" not in page
    assert "No number matches" in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("*65", "“*65” does not say what numbers begin with"),
        ("65X", "“65X” does not say what numbers begin with"),
        ("<b>", "“&lt;” cannot be part"),
    ],
)
def test_says_what_is_no_beginning_of_a_number(support, typed, words):
    make_number(digits="15015550100")

    page = support.get("/stock/", {"number": typed}, headers={"hx-request": "true"}).text

    assert words in page


def test_a_page_of_many_costs_the_same(support, django_assert_max_num_queries):
    for line in range(60):
        make_number(digits=f"1501555{line:04}")

    with django_assert_max_num_queries(26):
        page = support.get("/stock/").text

    assert "after=15015550049" in page


def test_exports_what_the_filter_shows(support):
    make_number(digits="15015550100")
    make_number(digits="15015550101", state="locked")

    lines = support.get("/stock/export/", {"state": "locked"}).getvalue().decode().splitlines()

    assert len(lines) == 2
    assert lines[1].startswith("'+15015550101,locked")


def test_number_page_shows_holder_and_moves(support, tenant):
    number = make_number(digits="15015550100")
    number.move_to("assigned", at=NOON, ours_since=NOON)
    make_holding(tenant, number=number)

    page = support.get("/stock/+15015550100/").text

    assert tenant.name in page
    assert "Assigned" in page


def test_unknown_number_is_not_found(support):
    assert support.get("/stock/15015550100/").status_code == 404


@pytest.mark.parametrize("digits", ["1501x", "\u0661\u0665", "1" * 40, "+", "++1501"])
def test_what_are_no_digits_has_no_page(support, digits):
    assert support.get(f"/stock/{digits}/").status_code == 404
