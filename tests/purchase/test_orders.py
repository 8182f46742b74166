from datetime import timedelta

import pytest

from purchase import finding
from purchase.models import Order
from tests.billing.factories import add_card
from tests.purchase.factories import buy_ours, order_numbers, pay_by_card, stock_up, sweep
from tests.stock.factories import make_number, make_price

FIRST, SECOND = "15015550100", "15015550101"


@pytest.fixture
def delivered(funds, tenant, at):
    """An order for a number that was ours."""
    make_price()
    return buy_ours([make_number(digits=FIRST, ours_since=at).digits])


@pytest.fixture
def pending(funds, tenant):
    """An order that waits for its carrier."""
    make_price()
    return order_numbers([make_number(digits=SECOND).digits])


def rows(response):
    return [each.order.reference for each in response.context["orders"]]


def test_order_shows_each_number_with_its_progress(member, funds, sandbox_carrier, at):
    order = order_numbers([*stock_up(), *stock_up("0114"), *stock_up("0116")])
    sweep(at=at)

    page = member.get(f"/orders/{order.reference}/").text

    assert "Being delivered" in page
    assert "2 of 3" in page
    assert "Somebody else bought this number first. $2.20 is back in the balance." in page
    assert "On order" in page
    assert 'hx-trigger="every 2s"' in page


def test_finished_order_stops_asking_for_news(member, delivered):
    page = member.get(f"/orders/{delivered.reference}/").text

    assert "1 number delivered" in page
    assert "every 2s" not in page


def test_news_are_sent_when_there_are_some(member, pending):
    path = f"/orders/{pending.reference}/progress/"
    version = member.get(path).context["version"]

    assert member.get(path, {"seen": version}).status_code == 204
    assert member.get(path, {"seen": "1"}).status_code == 200


def test_last_news_end_the_asking(member, delivered):
    response = member.get(f"/orders/{delivered.reference}/progress/", {"seen": "0"})

    assert response.status_code == 286
    assert response.text.lstrip().startswith('<div id="order-')


def test_unpaid_order_says_that_nothing_is_ordered(member, sandbox_payments, tenant):
    make_price()
    order = order_numbers([make_number().digits], card=add_card())

    assert "Waiting for payment" in member.get(f"/orders/{order.reference}/").text


def test_declined_order_says_why(admin, sandbox_payments, tenant):
    make_price()
    order = order_numbers([make_number().digits], card=add_card("pm_card_visa_chargeDeclined"))
    pay_by_card(order)

    page = admin.get(f"/orders/{order.reference}/").text

    assert "Cancelled" in page
    assert "Back to the checkout" in page


def test_lists_orders_newest_first(member, delivered, tenant, at):
    make_number(digits=SECOND)
    newer = order_numbers([SECOND], at=at + timedelta(minutes=1))

    assert rows(member.get("/orders/")) == [newer.reference, delivered.reference]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"show": "open"}, ["pending"]),
        ({"show": "delivered"}, ["delivered"]),
        ({"show": "refused"}, []),
        ({"number": "0101"}, ["pending"]),
        ({"number": "+1 (501) 555-0100"}, ["delivered"]),
        ({"number": "555", "show": "open"}, ["pending"]),
        ({"show": "nonsense"}, ["delivered", "pending"]),
    ],
)
def test_filters_by_state_and_number(member, delivered, pending, wanted, found):
    names = {delivered.reference: "delivered", pending.reference: "pending"}

    shown = rows(member.get("/orders/", wanted))

    assert sorted(names[reference] for reference in shown) == found


def test_pages_follow_by_key(member, funds, at, monkeypatch):
    monkeypatch.setattr(finding, "PAGE_SIZE", 2)
    make_price()
    placed = [
        order_numbers([make_number(digits=f"1501555010{n}").digits]).reference for n in range(5)
    ]

    first = member.get("/orders/")
    second = member.get(f"/orders/{first.context['older']}")
    third = member.get(f"/orders/{second.context['older']}")
    back = member.get(f"/orders/{third.context['newer']}")

    assert rows(first) + rows(second) + rows(third) == placed[::-1]
    assert rows(back) == rows(second)
    assert third.context["older"] == first.context["newer"] == ""


def test_page_behind_an_unknown_order_is_the_first(member, delivered):
    assert rows(member.get("/orders/", {"after": "no order"})) == [delivered.reference]


def test_csv_has_each_number_with_price_and_carrier(member, delivered, pending):
    lines = member.get("/orders/export/").getvalue().decode().splitlines()

    assert lines[0].startswith("Order,Placed at (UTC)")
    assert len(lines) == 3
    delivered_line = next(line for line in lines if FIRST in line)
    assert f"'+{FIRST}" in delivered_line
    assert ",1.00,1.20,USD,US-GEO,Sandbox" in delivered_line


def test_csv_holds_what_the_filter_shows(member, delivered, pending):
    lines = member.get("/orders/export/", {"show": "open"}).getvalue().decode().splitlines()

    assert len(lines) == 2
    assert SECOND in lines[1]


def test_orders_of_another_tenant_are_not_listed(other_admin, delivered):
    assert rows(other_admin.get("/orders/")) == []
    assert FIRST not in other_admin.get("/orders/export/").getvalue().decode()


def test_no_orders_lead_to_the_search(member):
    assert "No orders yet" in member.get("/orders/").text


def test_list_asks_the_database_a_fixed_number_of_times(
    member, funds, django_assert_max_num_queries
):
    make_price()
    for n in range(5):
        order_numbers([make_number(digits=f"1501555010{n}").digits])

    with django_assert_max_num_queries(16):
        member.get("/orders/")
    assert Order.objects.count() == 5
