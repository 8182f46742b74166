"""The number that each tenant gets without charge: one, with the first order that brings it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from billing.ledger import wallet_balance
from billing.models import BillingPeriod, Payment, PaymentState
from purchase import cancelling, cart
from purchase.comparing import FreeNumberChanged
from purchase.models import LineState, Order, OrderLine
from purchase.ordering import NotFree
from stock.models import Holding, HoldingState, NumberType
from tenants.platform_settings import change_setting
from tests.billing.factories import add_card
from tests.purchase.factories import (
    PRICE,
    buy_ours,
    fill_cart,
    fill_wallet,
    line_of,
    order_numbers,
    pay_by_card,
    place,
    quote_cart,
    states_of,
    stock_up,
    sweep,
    tax,
    violations,
)
from tests.stock.factories import make_number, make_price, make_sku

FIRST, SECOND, THIRD = "15015550100", "15015550101", "15015550102"
SOON = timedelta(minutes=1)


@pytest.fixture
def given(tenant):
    """Each tenant's first number is free."""
    change_setting("purchase.free_number", 1)


@pytest.fixture
def numbers(given, tenant, at):
    make_price(channel_price=80)
    return [make_number(digits=one, ours_since=at).digits for one in (FIRST, SECOND, THIRD)]


def free_in_cart(tenant, at):
    opened = cart.open_cart(tenant=tenant, at=at)
    return [entry.digits for entry in opened.entries if entry.terms and entry.terms.is_free]


def test_first_number_costs_nothing(numbers, tenant):
    order = buy_ours([FIRST])

    line = line_of(order)
    assert (order.amount, line.price, line.is_free) == (0, 0, True)
    assert (line.monthly_price, line.period_price) == (120, 120)
    assert line.state == LineState.DELIVERED
    assert violations() == []


def test_other_numbers_of_the_order_are_paid_for(numbers):
    fill_wallet()

    order = order_numbers(numbers)

    assert order.amount == 2 * PRICE
    assert OrderLine.objects.filter(is_free=True).count() == 1
    assert wallet_balance("USD") == 10_000 - 2 * PRICE


def test_further_channels_of_the_free_number_are_paid_for(numbers, tenant):
    tax(tenant)
    fill_wallet()

    order = buy_ours([FIRST], months=3, channels=5)

    line = line_of(order)
    assert (line.setup_price, line.recurring_price) == (0, 3 * 3 * 80)
    assert line.vat_amount == 166
    assert BillingPeriod.objects.get().price == 720


def test_it_is_the_one_whose_month_costs_least(numbers, tenant, at):
    dear = make_sku(code="US-TF", number_type=NumberType.TOLL_FREE)
    make_price(sku=dear, monthly_price=900, setup_price=0)
    fill_cart([make_number(digits="18005550100", sku=dear, ours_since=at).digits])
    fill_cart([SECOND], at=at + SOON)

    assert free_in_cart(tenant, at + SOON) == [SECOND]


def test_of_equals_it_is_the_one_added_first(numbers, tenant, at):
    fill_cart([THIRD], at=at)
    fill_cart([FIRST], at=at + SOON)

    assert free_in_cart(tenant, at + SOON) == [THIRD]


def test_number_that_is_no_longer_held_is_not_the_free_one(numbers, tenant, at):
    fill_cart([FIRST], at=at)
    fill_cart([SECOND], at=at + timedelta(minutes=10))

    assert free_in_cart(tenant, at + timedelta(minutes=20)) == [SECOND]


def test_second_order_has_none(numbers, tenant, at):
    fill_wallet()
    order_numbers([FIRST])

    order = order_numbers([SECOND])

    assert order.amount == PRICE
    assert free_in_cart(tenant, at) == []


def test_no_second_one_is_given_by_constraint(numbers):
    order_numbers([FIRST])
    fill_wallet()
    order = order_numbers([SECOND])

    with pytest.raises(IntegrityError, match="one_free_number_is_given"), transaction.atomic():
        order.lines.update(is_free=True, setup_price=0)


def test_switched_off_nothing_is_free(numbers, tenant, at):
    change_setting("purchase.free_number", 0)
    fill_cart([FIRST], at=at)

    assert free_in_cart(tenant, at) == []


def test_it_is_free_as_long_as_it_is_held(numbers):
    holding = Holding.objects.get(reference=line_of(order_numbers([FIRST])).holding)

    assert (holding.is_free, holding.free_periods_left) == (True, None)
    assert (holding.period_price, holding.monthly_price) == (120, 120)


def test_or_for_some_periods_of_which_the_first_has_begun(numbers):
    change_setting("purchase.free_periods", 3)

    holding = Holding.objects.get(reference=line_of(order_numbers([FIRST])).holding)

    assert (holding.is_free, holding.free_periods_left) == (True, 2)


def test_refused_it_comes_back(given, sandbox_carrier, tenant, at):
    fill_wallet()
    order = order_numbers([*stock_up(), *stock_up("0114")])
    free = order.lines.get(is_free=True)
    refused = free.digits.endswith("0114")

    sweep(at=at)

    again = order_numbers(stock_up(beside=list(order.lines.values_list("digits", flat=True))))
    assert line_of(again).is_free == refused
    assert violations() == []


def test_refused_alone_it_is_given_with_the_next_order(given, sandbox_carrier, tenant, at):
    refused = order_numbers(stock_up("0114"))
    sweep(at=at)
    assert states_of(refused) == ["refused"]

    again = order_numbers(stock_up())

    assert line_of(again).is_free
    assert again.amount == 0


def test_order_under_way_holds_it(given, sandbox_carrier, tenant, at):
    order_numbers(stock_up("0116"))
    fill_cart([make_number(digits="15015559999").digits])

    assert free_in_cart(tenant, at) == []


def test_cancelled_it_comes_back(numbers, tenant, sandbox_payments, at):
    order = order_numbers([FIRST, SECOND], card=add_card())
    assert order.lines.filter(is_free=True).count() == 1

    cancelling.cancel_unpaid(order, tenant=tenant, at=at, back_to_cart=True)

    assert len(free_in_cart(tenant, at)) == 1


def test_card_pays_the_rest_and_nothing_if_only_the_free_number_came(
    given, sandbox_carrier, sandbox_payments, tenant, at
):
    make_price()
    own = make_number(ours_since=at).digits
    order = order_numbers([own], card=None)
    assert order.amount == 0
    other = order_numbers(stock_up("0114"), card=add_card())
    pay_by_card(other, at=at)

    sweep(at=at)
    sweep(at=at + SOON)

    assert Payment.objects.get().state == PaymentState.VOIDED


def test_card_cannot_pay_nothing(numbers, sandbox_payments, at):
    fill_cart([FIRST])

    with pytest.raises(NotFree), transaction.atomic():
        place(quote_cart(), card=add_card())

    assert not Order.objects.exists()


def test_order_of_nothing_needs_no_balance(numbers, tenant):
    assert wallet_balance("USD") == 0

    assert order_numbers([FIRST]).amount == 0


def test_given_in_another_window_it_refuses_the_order(numbers, tenant, at):
    fill_wallet()
    fill_cart([FIRST, SECOND])
    both = quote_cart()
    cart.remove(FIRST, tenant=tenant, at=at)
    cart.remove(SECOND, tenant=tenant, at=at)
    order_numbers([THIRD])
    fill_cart([FIRST, SECOND])

    with pytest.raises(FreeNumberChanged, match="given with another order"), transaction.atomic():
        place(both)

    assert Order.objects.count() == 1
    assert wallet_balance("USD") == 10_000


def test_come_back_in_another_window_it_refuses_the_order(given, sandbox_carrier, tenant, at):
    fill_wallet()
    order_numbers(stock_up("0114"))
    fill_cart([make_number(digits="15015559999", ours_since=at).digits])
    paid = quote_cart()
    sweep(at=at)

    with pytest.raises(FreeNumberChanged, match="is free for you by now"), transaction.atomic():
        place(paid)


def test_terms_that_changed_refuse_the_order(numbers):
    fill_cart([FIRST])
    quote = quote_cart()
    change_setting("purchase.free_periods", 2)

    with pytest.raises(FreeNumberChanged, match="How long"), transaction.atomic():
        place(quote)


def test_it_awaits_no_money_and_is_closed_like_any_other(given, sandbox_carrier, tenant, at):
    order = order_numbers(stock_up("0114"))

    sweep(at=at)

    holding = Holding.objects.get(reference=line_of(order).holding)
    assert (holding.state, holding.is_free) == (HoldingState.CLOSED, True)


def test_cart_and_checkout_say_which_one_is_free(admin, given, tenant):
    make_price()
    make_number(digits=FIRST, ours_since="2026-01-01T00:00:00Z")
    admin.post("/cart/add/", {"number": FIRST})

    for path in ("/cart/", "/checkout/"):
        page = admin.get(path).text
        assert "Free number" in page
        assert "as long as you hold it" in page
        assert "whose month costs least" in page
    assert "Order for $0.00" in admin.get("/checkout/").text
