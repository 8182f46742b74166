"""Orders paid by card: held, charged once for what came, refunded for what came to nothing."""

from datetime import timedelta

import pytest

from billing import calls, payments
from billing import settling as billing_settling
from billing.ledger import balance, wallet_balance
from billing.models import Payment, PaymentState, Pocket, StripeCall
from carriers.models import Operation
from carriers.progress import Progress
from lifecycle.actors import SYSTEM
from notices.models import OutboxMail
from purchase import charging, ordering, settling
from purchase.models import CartLine, LineState
from stock.models import ReservedBecause, StockState
from tenants import suspending
from tenants.platform_settings import change_setting
from tests.billing.factories import add_card, answer_bank, break_calls, intents
from tests.purchase.factories import (
    LATER,
    PRICE,
    ada,
    crashing,
    fill_cart,
    line_of,
    number,
    order_numbers,
    pay_by_card,
    quote_cart,
    states_of,
    stock_up,
    sweep,
)
from tests.stock.factories import make_number, make_price, make_sku
from work import due
from work.models import DueWork

AUTHENTICATED = "pm_card_authenticationRequired"
DECLINED = "pm_card_visa_chargeDeclined"
SOON = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def card(tenant, sandbox_payments):
    return add_card()


def settle_all(at):
    """Let both sweeps do what is due, as beat has them do it."""
    billing_settling.settle_payments(at=at)
    sweep(at=at)
    billing_settling.settle_payments(at=at)


def payment_of(order):
    return Payment.objects.get(order=order.reference)


def charged(sandbox):
    [intent] = intents(sandbox)
    return intent["amount_received"]


def test_nothing_is_ordered_before_the_card_is_asked(card, sandbox_carrier, at):
    order = order_numbers(stock_up(), card=card)

    sweep(at=at)

    assert states_of(order) == ["placed"]
    assert number(line_of(order).digits).reason == ReservedBecause.ORDER


def test_held_amount_sends_the_order_off(card, sandbox_carrier, at):
    order = order_numbers(stock_up(count=2), card=card)

    pay_by_card(order, at=at)

    assert states_of(order) == ["paid", "paid"]
    assert payment_of(order).state == PaymentState.AUTHORISED
    assert OutboxMail.objects.filter(key__contains="order-confirmed").count() == 1


def test_delivered_order_is_charged_once(card, sandbox_carrier, sandbox_payments, at):
    order = order_numbers(stock_up(count=2), card=card)
    pay_by_card(order, at=at)

    sweep(at=at)
    sweep(at=at + SOON)
    sweep(at=at + LATER)

    assert states_of(order) == ["delivered", "delivered"]
    assert payment_of(order).state == PaymentState.CAPTURED
    assert charged(sandbox_payments) == 2 * PRICE
    assert balance(Pocket.OWED, "USD") == 0
    assert balance(Pocket.REVENUE, "USD") == 2 * PRICE
    assert not DueWork.objects.filter(kind="charge order").exists()


def test_only_what_was_delivered_is_charged(card, sandbox_carrier, sandbox_payments, at):
    order = order_numbers([*stock_up(), *stock_up("0114")], card=card)
    pay_by_card(order, at=at)

    sweep(at=at)
    sweep(at=at + SOON)

    assert states_of(order) == ["delivered", "refused"]
    assert charged(sandbox_payments) == PRICE


def test_card_is_let_go_when_nothing_was_delivered(card, sandbox_carrier, sandbox_payments, at):
    order = order_numbers(stock_up("0114"), card=card)
    pay_by_card(order, at=at)

    sweep(at=at)
    sweep(at=at + SOON)

    assert payment_of(order).state == PaymentState.VOIDED
    assert charged(sandbox_payments) == 0


def test_order_of_which_only_a_free_number_came_is_over(card, sandbox_carrier, at):
    costs_nothing = make_sku(code="CA-GEO", country="CA")
    make_price(sku=costs_nothing, setup_price=0, monthly_price=0, below_cost_because="A present")
    free = make_number(ours_since=at, sku=costs_nothing).digits
    order = order_numbers([free, *stock_up("0114")], card=card)
    pay_by_card(order, at=at)

    sweep(at=at)
    sweep(at=at + SOON)
    sweep(at=at + LATER)

    assert states_of(order) == ["delivered", "refused"]
    assert payment_of(order).state == PaymentState.VOIDED
    assert not DueWork.objects.filter(kind="charge order").exists()


def test_number_that_is_ours_is_delivered_and_charged(card, sandbox_payments, at):
    make_price()
    order = order_numbers([make_number(ours_since=at).digits], card=card)
    pay_by_card(order, at=at)

    sweep(at=at)
    sweep(at=at + SOON)

    assert states_of(order) == ["delivered"]
    assert charged(sandbox_payments) == PRICE


def test_order_that_is_still_open_after_an_hour_is_charged_whole(
    card, sandbox_carrier, sandbox_payments, at
):
    order = order_numbers([*stock_up(), *stock_up("0116")], card=card)
    pay_by_card(order, at=at)
    sweep(at=at)
    assert charged(sandbox_payments) == 0

    sweep(at=at + HOUR)

    assert states_of(order) == ["delivered", "pending"]
    assert charged(sandbox_payments) == 2 * PRICE
    assert DueWork.objects.filter(kind="charge order").exists()


def test_hour_before_the_charge_is_a_setting(card, sandbox_carrier, sandbox_payments, at):
    change_setting("purchase.charge_after_minutes", 1)
    pay_by_card(order_numbers(stock_up("0116"), card=card), at=at)
    sweep(at=at)

    sweep(at=at + SOON)

    assert charged(sandbox_payments) == PRICE


def test_line_refused_after_the_charge_is_refunded(card, sandbox_carrier, sandbox_payments, at):
    order = order_numbers([*stock_up(), *stock_up("0116")], card=card)
    pay_by_card(order, at=at)
    sweep(at=at)
    sweep(at=at + HOUR)
    refuse_open_lines(order, at=at + HOUR)

    settle_all(at + HOUR + SOON)
    settle_all(at + HOUR + LATER)

    payment = payment_of(order)
    assert states_of(order) == ["delivered", "refused"]
    assert (payment.captured, payment.refunded) == (2 * PRICE, PRICE)
    assert balance(Pocket.OWED, "USD") == 0
    assert balance(Pocket.CARD, "USD") == -PRICE
    assert not DueWork.objects.filter(kind="charge order").exists()


def page_of(client, order):
    return client.get(f"/orders/{order.reference}/").text


def test_number_refused_before_the_charge_was_never_charged(card, admin, sandbox_carrier, at):
    order = order_numbers([*stock_up(), *stock_up("0114")], card=card)
    pay_by_card(order, at=at)

    sweep(at=at)

    receipt = OutboxMail.objects.get(key__contains="order-receipt").text
    assert "$2.20 was never charged." in page_of(admin, order)
    assert "$2.20 was never charged." in receipt
    assert "Held on Visa ending in 4242 until it is charged: $2.20" in receipt


@pytest.fixture
def charged_whole(card, sandbox_carrier, at):
    """An order of which one number was refused after the card had been charged for it."""
    order = order_numbers([*stock_up(), *stock_up("0116")], card=card)
    pay_by_card(order, at=at)
    sweep(at=at)
    sweep(at=at + HOUR)
    refuse_open_lines(order, at=at + HOUR)
    return order


def test_number_that_is_charged_before_it_comes_is_not_called_held(
    card, admin, sandbox_carrier, at
):
    order = order_numbers(stock_up("0116"), card=card)
    pay_by_card(order, at=at)
    sweep(at=at)
    assert "Held until delivery" in page_of(admin, order)

    sweep(at=at + HOUR)

    page = page_of(admin, order)
    assert "Charged before delivery" in page
    assert "Held until delivery" not in page


def test_number_refused_after_the_charge_is_said_to_be_refunded(charged_whole, admin, at):
    receipt = OutboxMail.objects.get(key__contains="order-receipt").text
    under_way = page_of(admin, charged_whole)
    settle_all(at + HOUR + SOON)
    settle_all(at + HOUR + LATER)

    assert "$2.20 was charged to Visa ending in 4242 and is being refunded." in under_way
    assert "$2.20 was charged to Visa ending in 4242 and is being refunded." in receipt
    assert "Total charged to Visa ending in 4242 for what was delivered: $2.20" in receipt
    assert "$2.20 was refunded to Visa ending in 4242." in page_of(admin, charged_whole)


def test_refund_that_the_card_refused_is_said_to_be_in_the_balance(
    charged_whole, admin, sandbox_payments, at
):
    break_calls(sandbox_payments, "drop_before", match="POST /v1/refunds")
    settle_all(at + HOUR + SOON)
    StripeCall.objects.update(sent_at=at - calls.REPEATABLE_FOR)

    settle_all(at + HOUR + LATER)

    assert "$2.20 was credited to the balance" in page_of(admin, charged_whole)


def refuse_open_lines(order, *, at):
    """Let the carrier say no to what it has not answered yet."""
    line = order.lines.get(state=LineState.PENDING)
    operation = Operation.objects.get(reference=line.reference)
    settling.end_line(line, operation, Progress("refused", reason="Too late."), at=at)


def test_order_of_a_tenant_that_was_closed_is_brought_to_its_end(
    card, sandbox_carrier, sandbox_payments, tenant, at
):
    order = order_numbers(stock_up(), card=card)
    pay_by_card(order, at=at)
    suspending.close(tenant, reason="Left", actor=SYSTEM, at=at)

    settle_all(at)
    settle_all(at + SOON)

    assert states_of(order) == ["delivered"]
    assert charged(sandbox_payments) == PRICE


def test_declined_card_puts_the_numbers_back_into_the_cart(sandbox_payments, tenant, at):
    make_price()
    order = order_numbers([make_number().digits], card=add_card(DECLINED))

    payment = pay_by_card(order, at=at)

    line = line_of(order)
    assert payment.state == PaymentState.DECLINED
    assert payment.refusal
    assert line.state == LineState.CANCELLED
    assert CartLine.objects.get().digits == line.digits
    assert number(line.digits).reason == ReservedBecause.CART
    assert balance(Pocket.HELD, "USD") == wallet_balance("USD") == 0


def test_cancelled_order_can_be_placed_anew_with_another_card(sandbox_payments, tenant, at):
    make_price()
    digits = [make_number(ours_since=at).digits]
    pay_by_card(order_numbers(digits, card=add_card(DECLINED)), at=at)

    order = ordering.place_order(
        quote_cart(),
        tenant=tenant,
        card=add_card(),
        actor=ada(),
        at=at,
    )
    pay_by_card(order, at=at)

    assert states_of(order) == ["paid"]


def test_authentication_leads_to_the_bank_and_back(sandbox_payments, tenant, at):
    make_price()
    order = order_numbers([make_number(ours_since=at).digits], card=add_card(AUTHENTICATED))
    payment = pay_by_card(order, at=at)
    assert payment.state == PaymentState.NEEDS_AUTHENTICATION
    assert states_of(order) == ["placed"]
    answer_bank(payment, "approve")

    charging.look_again(order, tenant=tenant, at=at)

    assert states_of(order) == ["paid"]


def test_refused_authentication_puts_the_numbers_back_into_the_cart(sandbox_payments, tenant, at):
    make_price()
    order = order_numbers([make_number().digits], card=add_card(AUTHENTICATED))
    answer_bank(pay_by_card(order, at=at), "refuse")

    payment = charging.look_again(order, tenant=tenant, at=at)

    assert payment.state == PaymentState.DECLINED
    assert states_of(order) == ["cancelled"]
    assert CartLine.objects.count() == 1


def test_payment_nobody_confirms_frees_the_numbers(sandbox_payments, tenant, at):
    make_price()
    order = order_numbers([make_number().digits], card=add_card(AUTHENTICATED))
    pay_by_card(order, at=at)

    settle_all(at + HOUR)
    settle_all(at + HOUR + SOON)

    assert payment_of(order).state == PaymentState.VOIDED
    assert states_of(order) == ["cancelled"]
    assert number(line_of(order).digits).state == StockState.AVAILABLE
    assert not CartLine.objects.exists()


def test_order_whose_buyer_vanished_before_the_card_was_asked_is_cancelled(card, tenant, at):
    make_price()
    order = order_numbers([make_number().digits], card=card)

    settle_all(at + HOUR)
    settle_all(at + HOUR + SOON)

    assert states_of(order) == ["cancelled"]
    assert number(line_of(order).digits).state == StockState.AVAILABLE


def test_lost_answer_of_the_bank_is_found_out_by_the_sweeps(
    card, sandbox_carrier, sandbox_payments, at
):
    order = order_numbers(stock_up(), card=card)
    break_calls(sandbox_payments, "drop_after")
    pay_by_card(order, at=at)

    settle_all(at + SOON)
    settle_all(at + 2 * SOON)
    settle_all(at + LATER)

    assert states_of(order) == ["delivered"]
    assert charged(sandbox_payments) == PRICE


@pytest.mark.parametrize(
    ("module", "point"),
    [
        (payments, "before_authorise"),
        (payments, "after_authorise"),
        (charging, "after_order_authorised"),
        (charging, "before_order_charged"),
        (payments, "before_capture"),
        (payments, "after_capture"),
        (charging, "after_order_charged"),
    ],
)
def test_death_at_any_step_of_the_payment_charges_once(
    card, sandbox_carrier, sandbox_payments, at, module, point
):
    order = order_numbers(stock_up(), card=card)
    with crashing(module, point):
        pay_by_card(order, at=at)
        sweep(at=at)
        sweep(at=at + SOON)

    for minutes in (2, 5, 10, 30, 90, 120):
        settle_all(at + timedelta(minutes=minutes))

    assert states_of(order) == ["delivered"]
    assert charged(sandbox_payments) == PRICE
    assert balance(Pocket.OWED, "USD") == 0


def test_second_press_of_the_button_pays_once(card, sandbox_carrier, sandbox_payments, tenant, at):
    fill_cart(stock_up())
    quote = quote_cart()
    first, second = (
        ordering.place_order(quote, tenant=tenant, card=card, actor=ada(), at=at) for _ in range(2)
    )
    pay_by_card(first, at=at)
    pay_by_card(second, at=at)

    sweep(at=at)
    sweep(at=at + due.LEASE)

    assert first == second
    assert len(intents(sandbox_payments)) == 1
    assert charged(sandbox_payments) == PRICE
