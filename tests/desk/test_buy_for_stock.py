"""Buying for our own stock in the browser: find, tick, see the total, say yes."""

import html
import re
from decimal import Decimal

import pytest

from carriers.models import Connection, Operation
from stock import stocking
from stock.models import StockNumber, StockPurchase
from tests.conftest import NOON
from tests.stock.factories import make_connection, make_number
from tests.stock.stocking import buy, offer_here

HTMX = {"hx-request": "true"}
DIGITS = ["15015550100", "15015550101"]


@pytest.fixture
def numbers(tenant):
    return [make_number(digits=digits) for digits in DIGITS]


def quote(browser, digits=DIGITS):
    return browser.post("/stock/buy/quote/", {"number": digits}, headers=HTMX)


def sealed_in(answer):
    return html.unescape(re.search(r'name="quote" value="([^"]+)"', answer.text)[1])


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [
        ({}, True),
        ({"country": "US", "region": "ar"}, True),
        ({"npa": "501"}, True),
        ({"city": "little"}, True),
        ({"most": "0.40"}, True),
        ({"number_type": "geographic"}, True),
        ({"country": "XX"}, True),
        ({"region": "TX"}, False),
        ({"npa": "212"}, False),
        ({"city": "big"}, False),
        ({"most": "0.39"}, False),
        ({"number_type": "mobile"}, False),
    ],
)
def test_a_filter_narrows_what_carriers_offer(support, numbers, query, is_shown):
    page = support.get("/stock/buy/", query).text

    assert ("+1 501-555-0100" in page, "No carrier offers such" in page) == (
        is_shown,
        not is_shown,
    )


def test_our_own_numbers_and_those_in_use_are_not_offered(support, tenant):
    make_number(digits=DIGITS[0], ours_since=NOON)
    make_number(digits=DIGITS[1], state="locked")

    assert "No carrier offers such a number" in support.get("/stock/buy/").text


def test_a_page_of_many_costs_the_same(support, tenant, django_assert_max_num_queries):
    for line in range(110):
        make_number(digits=f"1501555{line:04}")

    with django_assert_max_num_queries(26):
        assert "after=15015550099" in support.get("/stock/buy/").text


def test_the_dialog_names_carrier_and_total(operator, numbers):
    make_number(digits="15015550102", connection=make_connection(name="Northern"))

    dialog = quote(operator, [*DIGITS, "15015550102"]).text

    assert "Buy 3 numbers for our stock?" in dialog
    assert "Sandbox, 2 numbers" in dialog
    assert "$0.80" in dialog
    assert "Northern, 1 number" in dialog
    assert "Sandbox and Northern bill us" in dialog


def test_a_yes_buys_and_leads_to_the_purchase(operator, numbers):
    sealed = sealed_in(quote(operator))

    first = operator.post("/stock/buy/order/", {"quote": sealed}, headers=HTMX)
    second = operator.post("/stock/buy/order/", {"quote": sealed})

    purchase = StockPurchase.objects.get()
    assert first["HX-Redirect"] == f"/stock/purchases/{purchase.reference}/" == second.url
    assert Operation.objects.count() == 2
    assert purchase.actor_name == "Olga"


def test_without_a_script_the_page_itself_asks(operator, numbers):
    page = operator.post("/stock/buy/quote/", {"number": DIGITS}).text

    assert "Buy 2 numbers for our stock?" in page
    assert "<h1>Buy for our stock</h1>" in page


@pytest.mark.parametrize(
    ("digits", "words"),
    [
        ([], "Tick at least one number."),
        ([str(15015550000 + n) for n in range(101)], "At most 100 numbers"),
        (["15015559999"], "somebody else was quicker"),
        (["nonsense'"], "is not a phone number"),
    ],
)
def test_bad_input_is_told_and_buys_nothing(operator, numbers, digits, words):
    answer = quote(operator, digits)

    assert (answer.status_code, words in answer.text) == (422, True)
    assert not StockPurchase.objects.exists()


def test_a_cost_that_changed_meanwhile_is_told(operator, numbers):
    sealed = sealed_in(quote(operator))
    StockNumber.objects.update(monthly_cost=Decimal("0.60"))

    answer = operator.post("/stock/buy/order/", {"quote": sealed}, headers=HTMX)

    assert answer.status_code == 422
    assert "cost has changed since this page was shown" in answer.text
    assert not StockPurchase.objects.exists()


def test_a_forged_quote_buys_nothing(operator, numbers):
    answer = operator.post("/stock/buy/order/", {"quote": "forged"}, headers=HTMX)

    assert (answer.status_code, "This page was too old." in answer.text) == (422, True)


def test_where_buying_is_off_nothing_can_be_ticked(operator, numbers):
    Connection.objects.update(is_buying_allowed=False)

    page = operator.get("/stock/buy/").text

    assert "Buying is off" in page
    assert "+1 501-555-0100 cannot be bought" in page


def test_support_looks_and_buys_nothing(support, numbers):
    assert "Buy selected" not in support.get("/stock/buy/").text
    assert quote(support).status_code == 403
    assert support.post("/stock/buy/order/", {}).status_code == 403


def test_purchases_are_listed_filtered_and_downloaded(support, numbers):
    buy(DIGITS)

    assert "2 in all" in support.get("/stock/purchases/").text
    assert "2 in all" in support.get("/stock/purchases/", {"state": "open", "by": "olga"}).text
    nothing = support.get("/stock/purchases/", {"number": "999"}).text
    assert "No purchase here" in nothing
    lines = support.get("/stock/purchases/export/").getvalue().decode().splitlines()
    assert len(lines) == 3
    assert "'+15015550100,Not sent yet" in lines[1]


def test_many_purchases_cost_as_few_queries_as_one(support, tenant, django_assert_max_num_queries):
    for line in range(10):
        buy([make_number(digits=f"1501555{line:04}").digits])

    with django_assert_max_num_queries(16):
        support.get("/stock/purchases/")


def test_the_page_of_a_purchase_asks_for_news_until_the_end(support, tenant, sandbox_carrier, at):
    purchase = buy([*offer_here(), *offer_here("0114")])
    address = f"/stock/purchases/{purchase.reference}/"
    page = support.get(address).text
    assert ("every 2s" in page, "Not sent yet" in page) == (True, True)
    seen = re.search(r'name="seen" value="(\d+)"', page)[1]
    assert support.get(f"{address}progress/", {"seen": seen}).status_code == 204

    stocking.settle_stock_lines(at=at)

    news = support.get(f"{address}progress/", {"seen": seen})
    assert news.status_code == 286
    assert "Partly in our stock" in news.text
    assert "Somebody else bought this number first." in news.text
    assert "every 2s" not in support.get(address).text


def test_a_purchase_of_many_costs_as_few_queries_as_one(
    support, tenant, django_assert_max_num_queries
):
    digits = [make_number(digits=f"1501555{line:04}").digits for line in range(60)]
    purchase = buy(digits)

    with django_assert_max_num_queries(16):
        support.get(f"/stock/purchases/{purchase.reference}/")


def test_the_stock_shows_it_unassigned_and_ours(support, tenant, sandbox_carrier, at):
    [digits] = offer_here()
    buy([digits])
    stocking.settle_stock_lines(at=at)

    assert "Ours" in support.get("/stock/", {"ours": "on"}).text
    assert "Unassigned" in support.get(f"/stock/{digits}/").text
