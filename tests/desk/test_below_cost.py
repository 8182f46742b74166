import re
from decimal import Decimal

import pytest

from stock import counting
from tests.stock.factories import make_number, make_price, make_sku
from tests.stock.pricing import make_cost


@pytest.fixture
def withheld(tenant):
    """Two numbers that cost 90 cents, at a price of 80, and one that costs less."""
    make_price(monthly_price=80)
    make_number(monthly_cost=Decimal("0.90"))
    make_number(digits="15015550101", monthly_cost=Decimal("0.90"))
    make_number(digits="15015550102", monthly_cost=Decimal("0.40"))
    counting.recount_stale()


def test_says_which_price_withholds_how_many_numbers_and_why(support, withheld):
    page = support.get("/prices/below-cost/").text

    assert "Sandbox asks $0.90 a month, and the price is $0.80." in page
    assert re.search(r'data-label="Numbers withheld"[^>]*>2</td>', page)


def test_says_which_costs_nothing_compares(support, withheld):
    make_cost(currency="CHF")

    assert "No rate for CHF" in support.get("/prices/below-cost/").text


def test_can_be_narrowed_to_a_list(support, withheld):
    other = make_price(currency="EUR", monthly_price=500).price_list

    page = support.get("/prices/below-cost/", {"list": other.reference}).text

    assert "Every price covers its costs" in page


def test_goes_into_a_file(support, withheld):
    lines = support.get("/prices/below-cost/export/").getvalue().decode().splitlines()

    assert lines[1].startswith('USD,USD,US-GEO,2,"Sandbox asks $0.90')


def test_pages_of_many_cost_the_same(support, tenant, django_assert_max_num_queries):
    for n in range(60):
        sku = make_sku(code=f"US-{n:02}", region="AR", city=f"City {n}")
        make_price(sku, monthly_price=10)
        make_number(digits=f"1501555{n:04}", sku=sku)
    counting.recount_stale()

    with django_assert_max_num_queries(20):
        first = support.get("/prices/below-cost/").text
    query = first.partition('rel="next"')[0].rpartition('href="?')[2].partition('"')[0]
    second = support.get(f"/prices/below-cost/?{query.replace('&amp;', '&')}").text

    assert ("US-49" in first, "US-50" in first) == (True, False)
    assert ("US-49" in second, "US-59" in second) == (False, True)


def test_a_price_that_says_why_is_not_listed(support, withheld):
    make_price(monthly_price=80, below_cost_because="A summer of growth")

    assert "Every price covers its costs" in support.get("/prices/below-cost/").text
