"""A search that would take too long, on a page of its own data that another process can lock."""

import psycopg
import pytest
from django_tenants.utils import schema_context

from stock import counting
from tests.conftest import find_tenant, server_url, sign_in
from tests.stock.factories import make_number, make_price


@pytest.fixture(scope="module")
def browser(process_database):
    """Max's browser, a member of Acme, where one number is for sale."""
    with schema_context("public"):
        make_price()
        make_number(digits="15015550100")
        counting.rebuild()
    return sign_in(find_tenant("acme"), "member", "max@acme.example")


@pytest.mark.parametrize("wanted", [{"pattern": "*7*"}, {"look": "block"}, {"order": "memorable"}])
def test_page_says_what_to_do_when_a_search_would_take_too_long(browser, process_database, wanted):
    with psycopg.connect(server_url(process_database)) as somebody:
        somebody.execute("lock table stock_stocknumber in access exclusive mode")

        page = browser.get("/buy/", {"country": "US", "region": "AR", **wanted})

    assert page.status_code == 200
    assert "Narrow your search" in page.text
