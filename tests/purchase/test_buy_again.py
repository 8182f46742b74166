"""Filling the cart with numbers like those of an order."""

import pytest

from purchase.buying_again import buy_again
from purchase.models import CartLine
from tenants.platform_settings import change_setting
from tests.purchase.factories import ada, buy_ours, fill_cart, order_numbers, stock_up, sweep
from tests.stock.factories import make_number, make_price

FIRST, SECOND = "15015550100", "15015550101"
OTHER_TOWN = {"digits": "15015560100", "nxx": "556", "city": "Benton", "rate_center": "BENTON"}
OTHER_CODE = {"digits": "14795560100", "npa": "479", "city": "Rogers", "rate_center": "ROGERS"}
OTHER_STATE = {
    "digits": "12125560100",
    "npa": "212",
    "region": "NY",
    "city": "New York",
    "rate_center": "NYC",
}


@pytest.fixture
def order(funds, tenant, at):
    """Two numbers of Little Rock, for three months with four channels."""
    make_price(channel_price=80)
    digits = [make_number(digits=one, ours_since=at).digits for one in (FIRST, SECOND)]
    return buy_ours(digits, months=3, channels=4)


def again(order, tenant, at):
    return buy_again(order, tenant=tenant, actor=ada(), at=at)


def in_cart():
    return set(CartLine.objects.values_list("digits", flat=True))


def test_similar_numbers_are_held_with_the_same_terms(order, tenant, at):
    make_number(digits="15015550150")
    make_number(digits="15015550151")

    bought = again(order, tenant, at)

    assert sorted(bought.added) == ["15015550150", "15015550151"]
    assert set(CartLine.objects.values_list("months", "channels")) == {(3, 4)}
    assert bought.unmatched == []


@pytest.mark.parametrize("place", [OTHER_TOWN, OTHER_CODE])
def test_of_the_same_place_first_and_else_of_a_wider_one(order, tenant, at, place):
    make_number(digits="15015550150")
    make_number(**place)

    again(order, tenant, at)

    assert in_cart() == {"15015550150", place["digits"]}


def test_what_has_no_like_is_named(order, tenant, at):
    make_number(digits="15015550150")
    make_number(**OTHER_STATE)

    bought = again(order, tenant, at)

    assert in_cart() == {"15015550150"}
    assert bought.unmatched == [SECOND]


def test_only_what_was_delivered_is_bought_again(funds, sandbox_carrier, tenant, at):
    order = order_numbers([*stock_up(), *stock_up("0114")])
    sweep(at=at)
    stock_up(count=3, beside=list(order.lines.values_list("digits", flat=True)))

    assert len(again(order, tenant, at).added) == 1


def test_what_the_cart_has_no_room_for_is_counted(order, tenant, at):
    change_setting("purchase.largest_cart", 1)
    make_number(digits="15015550150")
    make_number(digits="15015550151")

    bought = again(order, tenant, at)

    assert (len(bought.added), bought.left_out) == (1, 1)


def test_what_is_in_the_cart_is_not_bought_twice(order, tenant, at):
    fill_cart([make_number(digits="15015550150").digits], at=at)

    bought = again(order, tenant, at)

    assert bought.unmatched == [FIRST, SECOND]
    assert set(CartLine.objects.values_list("months", "channels")) == {(1, 2)}


def test_member_buys_again_in_the_browser(member, order):
    make_number(digits="15015550150")

    response = member.post(f"/orders/{order.reference}/buy-again/", follow=True)

    assert response.redirect_chain == [("/cart/", 302)]
    assert "A number like it is in the cart" in response.text
    assert "Nothing like +1 501-555-0101 is for sale." in response.text


def test_order_of_another_tenant_is_not_bought_again(other_admin, order):
    assert other_admin.post(f"/orders/{order.reference}/buy-again/").status_code == 404
