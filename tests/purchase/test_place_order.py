from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction

from billing.ledger import balance, wallet_balance
from billing.models import BillingPeriod, Pocket
from billing.wallet import BalanceTooLow
from carriers.models import Operation
from inventory.models import HeldNumber
from notices.models import OutboxMail
from purchase import cart, ordering, settling
from purchase.comparing import PriceChanged
from purchase.models import CartLine, LineState, Order
from purchase.ordering import NothingToBuy
from stock.models import Holding, HoldingState, ReservedBecause, StockState
from stock.reserving import NumberTaken
from tests.conftest import NOON
from tests.purchase.factories import (
    MONTHLY,
    PRICE,
    ada,
    buy_ours,
    fill_cart,
    line_of,
    number,
    order_numbers,
    quote_cart,
)
from tests.stock.factories import make_number, make_price
from tests.stock.pricing import make_cost
from work.models import DueWork

DIGITS = "15015550100"
SECOND = "15015550101"


@pytest.fixture
def two_numbers(tenant):
    make_price()
    return [make_number(digits=DIGITS).digits, make_number(digits=SECOND).digits]


def place(quote, tenant, at, card=None):
    return ordering.place_order(quote, tenant=tenant, card=card, actor=ada(), at=at)


def test_sets_the_price_of_each_line_aside(funds, two_numbers, at):
    order_numbers(two_numbers)

    assert wallet_balance("USD") == 10_000 - 2 * PRICE
    assert balance(Pocket.HELD, "USD") == 2 * PRICE


def test_takes_the_numbers_from_the_cart_and_plans_their_purchase(funds, two_numbers, at):
    order = order_numbers([DIGITS])

    line = line_of(order)
    ordered = number(DIGITS)
    assert (ordered.state, ordered.reason) == (StockState.RESERVED, ReservedBecause.ORDER)
    assert not CartLine.objects.exists()
    assert line.state == LineState.PAID
    assert Operation.objects.get(reference=line.reference).digits == DIGITS
    assert DueWork.objects.get(subject=line.reference).kind == "settle line"


def test_shows_the_number_as_being_delivered(funds, two_numbers):
    order = order_numbers([DIGITS])

    holding = Holding.objects.get(reference=line_of(order).holding)
    assert holding.state == HoldingState.PENDING
    assert HeldNumber.objects.get(holding=holding).order == order.reference


def test_freezes_prices_and_carrier(funds, two_numbers):
    order = order_numbers([DIGITS])
    make_price(monthly_price=999)

    line = line_of(order)
    assert (line.monthly_price, line.connection, line.sku) == (MONTHLY, "Sandbox", "US-GEO")


def test_freezes_what_the_carrier_asks_for_the_number(funds, tenant, at):
    make_price(connect_rate="0.005", channel_price=80)
    make_number(digits=DIGITS, setup_cost="0.30", monthly_cost="0.70", cost_currency="EUR")
    make_cost(setup_cost="9", monthly_cost="9")

    line = line_of(order_numbers([DIGITS], months=6, channels=4))

    assert (line.setup_cost, line.monthly_cost, line.cost_currency) == (
        Decimal("0.30"),
        Decimal("0.70"),
        "EUR",
    )
    assert (line.period_price, line.channel_price) == (6 * (MONTHLY + 2 * 80), 80)
    assert line.connect_rate == Decimal("0.005")


def test_freezes_what_the_kind_costs_where_the_number_has_no_cost(funds, tenant, at):
    make_price()
    make_number(digits=DIGITS, setup_cost=None, monthly_cost=None, cost_currency="")
    make_cost(setup_cost="0.10", monthly_cost="0.50")

    line = line_of(order_numbers([DIGITS]))

    assert (line.setup_cost, line.monthly_cost) == (Decimal("0.10"), Decimal("0.50"))


def test_cost_that_nobody_knows_stays_unknown(funds, tenant, at):
    make_price()
    make_number(digits=DIGITS, setup_cost=None, monthly_cost=None, cost_currency="")

    line = line_of(order_numbers([DIGITS]))

    assert (line.setup_cost, line.monthly_cost, line.cost_currency) == (None, None, "")


def test_number_is_held_on_the_terms_that_were_agreed_to(funds, tenant, at):
    make_price(connect_rate="0.005", channel_price=80, half_year_price=600)
    make_number(digits=DIGITS, ours_since=at)

    order = buy_ours([DIGITS], months=6, channels=4)

    holding = Holding.objects.get(reference=line_of(order).holding)
    assert (holding.period_months, holding.channels) == (6, 4)
    assert (holding.monthly_price, holding.period_price) == (MONTHLY, 600 + 6 * 2 * 80)
    assert (holding.channel_price, holding.connect_rate) == (80, Decimal("0.005"))
    assert BillingPeriod.objects.get().price == holding.period_price


def test_number_that_is_ours_is_delivered_without_asking_a_carrier(funds, tenant, at):
    make_price()
    make_number(digits=DIGITS, ours_since=at)
    order = order_numbers([DIGITS])
    assert not Operation.objects.exists()

    settling.settle_lines(at=at)

    line = line_of(order)
    assert line.state == LineState.DELIVERED
    assert number(DIGITS).state == StockState.ASSIGNED
    assert Holding.objects.get(reference=line.holding).state == HoldingState.ACTIVE
    assert BillingPeriod.objects.get().cause == line.reference
    assert balance(Pocket.REVENUE, "USD") == PRICE
    assert not DueWork.objects.exists()


@pytest.mark.parametrize("ours_since", [None, NOON])
def test_twenty_numbers_are_ordered_by_as_few_statements_as_one(
    funds, tenant, at, django_assert_max_num_queries, ours_since
):
    make_price()
    digits = [make_number(digits=f"150155501{n:02}", ours_since=ours_since) for n in range(20)]
    fill_cart([one.digits for one in digits])
    quote = quote_cart()

    with django_assert_max_num_queries(100):
        order = place(quote, tenant, at)

    assert order.lines.filter(state=LineState.PAID).count() == 20
    assert balance(Pocket.HELD, "USD") == 20 * PRICE


def test_accepting_a_quote_again_returns_the_first_order(funds, two_numbers, tenant, at):
    fill_cart(two_numbers)
    quote = quote_cart()
    first = place(quote, tenant, at)

    assert place(quote, tenant, at) == first
    assert Order.objects.count() == 1


def test_second_order_for_a_number_on_order_is_refused(funds, two_numbers, tenant, at):
    fill_cart([DIGITS])
    quote = quote_cart()
    place(quote, tenant, at)

    with pytest.raises(NumberTaken), transaction.atomic():
        place(replace(quote, token=uuid4()), tenant, at)

    assert Order.objects.count() == 1


def test_keeps_nothing_when_the_balance_is_too_low(two_numbers, tenant, at):
    fill_cart(two_numbers)

    with pytest.raises(BalanceTooLow, match=r"needs \$50\.00 in it"), transaction.atomic():
        place(quote_cart(), tenant, at)

    assert not Order.objects.exists()
    assert number(DIGITS).reason == ReservedBecause.CART
    assert CartLine.objects.count() == 2


def test_changed_price_is_refused(funds, two_numbers, tenant, at):
    fill_cart([DIGITS])
    quote = quote_cart()
    make_price(monthly_price=130)

    with pytest.raises(PriceChanged), transaction.atomic():
        place(quote, tenant, at)

    assert wallet_balance("USD") == 10_000


def test_hold_that_has_ended_is_refused(funds, two_numbers, tenant, at):
    fill_cart([DIGITS])
    quote = quote_cart()

    with pytest.raises(NumberTaken, match="no longer held"), transaction.atomic():
        place(quote, tenant, at + cart.hold_time())

    assert not Order.objects.exists()


def test_empty_quote_buys_nothing(funds, two_numbers, tenant, at):
    with pytest.raises(NothingToBuy):
        place(quote_cart(), tenant, at)


def test_buys_what_was_shown_and_leaves_what_was_added_since(funds, two_numbers, tenant, at):
    fill_cart([DIGITS])
    quote = quote_cart()
    fill_cart([SECOND])

    order = place(quote, tenant, at)

    assert order.lines.count() == 1
    assert CartLine.objects.get().digits == SECOND


def test_confirmation_goes_out_with_the_order(funds, two_numbers):
    order_numbers(two_numbers)

    mail = OutboxMail.objects.get()
    assert mail.to == "ada@acme.example"
    assert "$4.40" in mail.subject
    assert "+1 501-555-0100" in mail.text


def test_order_stands_when_the_broker_is_down(
    funds, two_numbers, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(settling.settle_lines_task.app.conf, "broker_url", "redis://127.0.0.1:1")

    with django_capture_on_commit_callbacks(execute=True):
        order = order_numbers([DIGITS])

    assert line_of(order).state == LineState.PAID
