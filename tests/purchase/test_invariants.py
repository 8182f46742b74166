"""Each invariant finds what it is there to find, and nothing in a healthy tenant."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from billing import payments, receivables
from billing.models import LedgerTransaction, Payment, Refund
from carriers.models import Operation
from carriers.progress import Progress
from lifecycle.actors import done_by
from purchase import invariants, picking, settling
from purchase.models import CartLine, CartPick, Order, OrderLine
from purchase.picking import PlaceWish
from stock import counting
from stock.coverage import Place
from stock.models import Holding, StockNumber
from tenants.platform_settings import change_setting
from tests.billing.factories import add_card, captured_payment
from tests.conftest import NOON
from tests.purchase.factories import (
    PRICE,
    ada,
    buy_ours,
    fill_cart,
    order_numbers,
    pay_by_card,
    states_of,
    stock_up,
    sweep,
    violations,
)
from tests.stock.factories import make_number, make_price, make_sku
from work.models import DueWork

pytestmark = pytest.mark.usefixtures("funds")


@pytest.fixture
def pending(tenant):
    make_price()
    return order_numbers([make_number(digits="15015550100").digits])


@pytest.fixture
def delivered(tenant, at):
    make_price()
    return buy_ours([make_number(digits="15015550100", ours_since=at).digits])


def past_the_trigger(statement):
    """Change what the product cannot: as a fault in the database would."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_healthy_tenant_has_none(sandbox_carrier, sandbox_payments, at):
    order = order_numbers([*stock_up(), *stock_up("0114"), *stock_up("0111")], card=add_card())
    pay_by_card(order, at=at)
    sweep(at=at)
    sweep(at=at + timedelta(minutes=1))
    sweep(at=at + timedelta(minutes=2))
    fill_cart(stock_up(count=2)[1:])

    assert violations() == []


def test_open_line_without_operation(pending):
    Operation.objects.all().delete()

    assert "An open line without an operation: 15015550100" in violations()


def test_open_line_nobody_works_on(pending):
    DueWork.objects.all().delete()

    assert "An open line that nobody works on: 15015550100" in violations()


def test_operation_without_line(pending):
    OrderLine.objects.all().delete()

    assert "An operation without an open line: 15015550100" in violations()
    assert "A number on order without an open line: 15015550100" in violations()


def test_line_whose_number_was_set_free(pending):
    StockNumber.objects.update(state="available", reason="", reserved_for=None, reserved_until=None)

    assert "An open line whose number is not reserved for it: 15015550100" in violations()


def test_delivery_that_was_not_earned(delivered):
    OrderLine.objects.update(reference="00000000-0000-0000-0000-000000000001")

    assert "22 Delivered and not earned: 15015550100" in violations()


def test_money_taken_without_a_number(delivered):
    assert LedgerTransaction.objects.filter(cause_kind="taken").exists()
    OrderLine.objects.all().delete()
    pending = order_numbers([make_number(digits="15015550101").digits])
    past_the_trigger(
        "update purchase_orderline set reference = (select cause_reference from"
        " billing_ledgertransaction where cause_kind = 'taken')"
    )

    assert pending.lines.exists()
    assert "21 Taken from the balance, and not delivered: 15015550101" in violations()


@pytest.fixture
def by_card(sandbox_payments, at):
    """An order of a number that is ours, whose card has not been asked yet."""
    make_price()
    return order_numbers([make_number(ours_since=at).digits], card=add_card())


def test_unpaid_order_nobody_works_on(by_card):
    DueWork.objects.all().delete()

    assert "An unpaid order that nobody works on: 15015550100" in violations()


def test_delivery_that_the_card_was_never_charged_for(by_card, at):
    pay_by_card(by_card)
    settling.settle_lines(at=at)
    words = "22 Delivered and never charged to the card: 15015550100"

    assert words not in invariants.violations(at=at + invariants.LATEST_CHARGE)
    assert words in invariants.violations(at=at + invariants.LATEST_CHARGE + timedelta(seconds=1))


def test_charge_of_what_was_refused_that_is_not_refunded(by_card, at):
    pay_by_card(by_card)
    OrderLine.objects.update(state="ordering")
    OrderLine.objects.update(state="refused", refusal_reason="No.", charged_at=at)

    found = invariants.violations(at=at + timedelta(hours=2))

    assert "21 Charged, not delivered and not refunded: 15015550100" in found


def test_order_of_another_amount_than_its_lines(pending):
    Order.objects.update(amount=219)

    assert f"An order whose lines come to another amount: {pending.reference}: 219 <> 220" in (
        violations()
    )


def test_holding_that_is_ahead_of_its_line(pending):
    Holding.objects.update(state="active", paid_until=NOON)

    assert "A line whose holding says something else: 15015550100" in violations()


def test_holding_that_is_behind_its_line(pending):
    OrderLine.objects.update(state="delivered")

    assert "A line whose holding says something else: 15015550100" in violations()


def test_cart_line_without_hold(tenant):
    make_price()
    fill_cart([make_number(digits="15015550100").digits])
    StockNumber.objects.update(state="available", reason="", reserved_for=None, reserved_until=None)

    assert "A cart line without its hold: 15015550100" in violations()


def test_hold_without_cart_line(tenant):
    make_price()
    fill_cart([make_number(digits="15015550100").digits])
    CartLine.objects.all().delete()

    assert "A hold for the cart without its cart line: 15015550100" in violations()


@pytest.fixture
def picked(tenant):
    """A number of Little Rock that was picked by quantity."""
    make_price()
    make_number(digits="15015550100")
    counting.rebuild()
    place = Place("US", "Little Rock", "AR", "501", "geographic", make_sku().reference)
    [one] = picking.pick(
        [PlaceWish(place, 1, 2, 1)], service="", token=uuid4(), tenant=tenant, actor=ada(), at=NOON
    )
    return one


def test_pick_that_is_as_it_says(picked):
    assert violations() == []


def test_pick_of_another_place(picked):
    CartPick.objects.update(city="Conway")

    assert "A number picked of another place: 15015550100" in violations()


def test_pick_without_numbers(tenant):
    CartPick.objects.create(
        token=uuid4(), country="US", npa="870", sku=uuid4(), picked_at=NOON, **done_by(ada())
    )

    assert "A pick without a number in the cart: 870 " in violations()


def test_charge_that_differs_from_what_was_delivered(sandbox_payments, at):
    make_price()
    order = order_numbers([make_number(ours_since=at).digits], card=add_card())
    pay_by_card(order, at=at)
    sweep(at=at)
    OrderLine.objects.update(
        recurring_price=1, period_price=1, state_changed_at=at - timedelta(days=1)
    )

    assert "220 - 0 <> 101" in "".join(violations())


def test_charge_that_nothing_is_left_to_correct(sandbox_payments, at):
    make_price()
    order = order_numbers([make_number(ours_since=at).digits], card=add_card())
    pay_by_card(order, at=at)
    sweep(at=at)
    OrderLine.objects.update(recurring_price=1, period_price=1, state_changed_at=at)

    assert "220 - 0 <> 101" in "".join(violations())


@pytest.fixture
def charged_at_once(sandbox_carrier, sandbox_payments, at):
    """A card order of which one line was delivered, and one charged and not answered yet."""
    change_setting("purchase.charge_after_minutes", 1)
    order = order_numbers([*stock_up(), *stock_up("0116")], card=add_card())
    pay_by_card(order, at=at)
    sweep(at=at + timedelta(minutes=1))
    assert states_of(order) == ["delivered", "pending"]
    return order


def refuse_what_is_open(order, *, at):
    line = order.lines.get(state="pending")
    operation = Operation.objects.get(reference=line.reference)
    settling.end_line(line, operation, Progress("refused", reason="Too late."), at=at)


def test_refund_on_its_way_is_no_violation(charged_at_once, at):
    refuse_what_is_open(charged_at_once, at=at)
    sweep(at=at + timedelta(hours=1))
    assert Refund.objects.get().state == "planned"

    assert violations() == []


def test_refused_line_that_is_not_refunded(charged_at_once, at):
    refuse_what_is_open(charged_at_once, at=at)
    DueWork.objects.filter(kind="charge order").delete()

    line = charged_at_once.lines.get(state="refused")
    assert violations() == [
        f"21 An order that is over, with money left: {charged_at_once.reference}: owed {PRICE}",
        f"21 Charged, not delivered and not refunded: {line.digits}",
        f"21 The charge differs from what was delivered: {charged_at_once.reference}"
        f": {2 * PRICE} - 0 <> {PRICE}",
    ]


def test_charge_of_more_than_its_lines(charged_at_once):
    line = charged_at_once.lines.get(state="pending")
    OrderLine.objects.filter(pk=line.pk).update(charged_at=None)

    what = f"{charged_at_once.reference}: {2 * PRICE} <> {PRICE}"
    assert violations() == [f"21 A charge that is not of the lines it was for: {what}"]


def test_refund_of_another_amount_than_the_price(charged_at_once, at):
    refuse_what_is_open(charged_at_once, at=at)
    refused = charged_at_once.lines.get(state="refused").reference
    payments.refund(Payment.objects.get(), line=refused, amount=PRICE - 1, at=at)

    what = f"{refused}: {PRICE - 1}"
    assert f"21 A refund that is not of a charged and refused line: {what}" in violations()


def test_refund_of_a_line_that_may_still_come(charged_at_once, at):
    pending = charged_at_once.lines.get(state="pending").reference
    payments.refund(Payment.objects.get(), line=pending, amount=PRICE, at=at)

    what = f"{pending}: {PRICE}"
    assert violations() == [f"21 A refund that is not of a charged and refused line: {what}"]


def test_refused_line_whose_money_stays_set_aside(pending):
    past_the_trigger("update purchase_orderline set state = 'ordering'")
    past_the_trigger("update purchase_orderline set state = 'refused', refusal_reason = 'No'")

    left = f"21 An order that is over, with money left: {pending.reference}: held {PRICE}"
    assert left in violations()


def test_earning_without_a_delivery(charged_at_once, at):
    line = charged_at_once.lines.get(state="pending")
    receivables.deliver(line.reference, line.price, "USD", vat=0, at=at)

    assert violations() == [f"21 Earned without a delivered line: {line.reference}"]


def test_payment_of_no_order(sandbox_payments):
    payment = captured_payment()

    assert violations() == [f"21 A payment of no order: {payment.order}"]
