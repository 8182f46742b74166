"""What becomes of a paid line when the carrier, the network or our own worker fails."""

from datetime import timedelta

import pytest
from django.db import transaction
from django_tenants.utils import schema_context

from billing.ledger import balance, wallet_balance
from billing.models import Pocket
from carriers import operations
from carriers.models import Operation, OperationState
from inventory.models import HeldNumber
from lifecycle.models import Overtaken
from notices.models import OutboxMail
from purchase import charging, settling
from purchase.finishing import SETTLE_LINE
from purchase.models import LineState
from stock.models import Holding, HoldingState, StockState
from tests.purchase.factories import (
    LATER,
    PRICE,
    crashing,
    line_of,
    number,
    order_numbers,
    states_of,
    stock_up,
    sweep,
)
from work import due
from work.models import DueWork

SOON = timedelta(seconds=30)


@pytest.fixture
def buy(funds, sandbox_carrier):
    """Order one number; its last four digits choose what goes wrong at the carrier."""
    return lambda ending="": order_numbers(stock_up(ending))


def sold(carrier, order):
    reference = str(line_of(order).reference)
    owned = carrier.get("/sandbox/truth")["owned"]
    return [one for one in owned if one["customer_reference"] == reference]


def test_delivered_number_is_assigned_held_and_paid(buy, at):
    order = buy()

    sweep(at=at)

    line = line_of(order)
    assert line.state == LineState.DELIVERED
    assert number(line.digits).state == StockState.ASSIGNED
    assert Holding.objects.get(reference=line.holding).state == HoldingState.ACTIVE
    assert balance(Pocket.REVENUE, "USD") == PRICE
    assert balance(Pocket.HELD, "USD") == 0
    assert Operation.objects.get().state == OperationState.DONE
    assert not DueWork.objects.filter(subject=line.reference).exists()


def test_receipt_goes_out_once_the_last_line_has_ended(buy, at):
    order = buy()

    sweep(at=at)

    receipt = OutboxMail.objects.get(key__contains="order-receipt")
    assert "Delivered" in receipt.text
    assert str(order.reference) in receipt.text


def test_refusal_gives_the_money_back_and_says_why(buy, at):
    order = buy("0114")

    sweep(at=at)

    line = line_of(order)
    assert line.state == LineState.REFUSED
    assert line.refusal_reason == "Somebody else bought this number first."
    assert wallet_balance("USD") == 10_000
    assert Holding.objects.get(reference=line.holding).state == HoldingState.CLOSED
    assert not HeldNumber.objects.exists()
    assert number(line.digits).state == StockState.DELETED


def test_number_the_carrier_still_has_is_for_sale_again_after_a_refusal(buy, at):
    order = buy("0115")

    sweep(at=at)

    line = line_of(order)
    assert line.state == LineState.REFUSED
    assert number(line.digits).state == StockState.AVAILABLE


def test_delivered_lines_are_kept_when_others_are_refused(funds, sandbox_carrier, at):
    order = order_numbers([*stock_up(), *stock_up("0114")])

    sweep(at=at)

    assert states_of(order) == ["delivered", "refused"]
    assert wallet_balance("USD") == 10_000 - PRICE


@pytest.mark.parametrize("ending", ["0111", "0112", "0120"])
def test_lost_answer_is_looked_up_and_nothing_bought_again(buy, sandbox_carrier, at, ending):
    order = buy(ending)
    sweep(at=at)
    assert line_of(order).state == LineState.UNKNOWN

    sweep(at=at + SOON)

    assert line_of(order).state == LineState.DELIVERED
    assert len(sold(sandbox_carrier, order)) == 1


def test_lost_request_is_not_repeated_within_the_quarantine(buy, sandbox_carrier, at):
    order = buy("0110")
    sweep(at=at)

    sweep(at=at + SOON)

    assert line_of(order).state == LineState.UNKNOWN
    assert sold(sandbox_carrier, order) == []
    assert balance(Pocket.HELD, "USD") == PRICE


def test_lost_request_is_repeated_after_the_quarantine(buy, sandbox_carrier, at):
    order = buy("0110")
    sweep(at=at)

    sweep(at=at + LATER)

    assert line_of(order).state == LineState.DELIVERED
    assert len(sold(sandbox_carrier, order)) == 1


def test_request_turned_away_is_repeated_soon(buy, at):
    order = buy("0113")
    sweep(at=at)
    assert line_of(order).state == LineState.PAID

    sweep(at=at + SOON)

    assert line_of(order).state == LineState.DELIVERED


def test_order_taken_by_the_carrier_waits_for_delivery(buy, at):
    order = buy("0116")

    sweep(at=at)

    assert line_of(order).state == LineState.PENDING
    assert balance(Pocket.HELD, "USD") == PRICE


def test_failure_is_not_believed_while_we_own_the_number(buy, at):
    order = buy("0119")
    sweep(at=at)

    sweep(at=at + SOON)

    assert line_of(order).state == LineState.DELIVERED


def test_documents_are_waited_for(buy, at):
    order = buy("0121")

    sweep(at=at)

    assert line_of(order).state in (LineState.NEEDS_DOCUMENTS, LineState.PENDING)


@pytest.mark.parametrize(
    ("module", "point"),
    [
        (settling, "line_claimed"),
        (settling, "line_ordering"),
        (operations, "before_carrier_post"),
        (operations, "after_carrier_post"),
        (settling, "carrier_answered"),
        (settling, "line_settled"),
    ],
)
def test_worker_that_dies_at_any_step_loses_nothing(buy, sandbox_carrier, at, module, point):
    order = buy()
    with crashing(module, point):
        sweep(at=at)

    sweep(at=at + due.LEASE)
    sweep(at=at + LATER)
    sweep(at=at + 2 * LATER)

    assert line_of(order).state == LineState.DELIVERED
    assert len(sold(sandbox_carrier, order)) == 1
    assert balance(Pocket.REVENUE, "USD") == PRICE
    assert balance(Pocket.HELD, "USD") == 0


def test_slow_worker_that_was_overtaken_changes_nothing(buy, at):
    buy()
    slow = due.claim_next(SETTLE_LINE, at=at)
    assert slow
    sweep(at=at + due.LEASE)

    with pytest.raises(Overtaken):
        settling.settle_line(slow, at=at + due.LEASE)

    assert balance(Pocket.REVENUE, "USD") == PRICE


def test_second_sweep_has_nothing_to_do(buy, sandbox_carrier, at):
    order = buy()
    sweep(at=at)

    sweep(at=at + LATER)

    assert len(sold(sandbox_carrier, order)) == 1
    assert OutboxMail.objects.filter(key__contains="order-receipt").count() == 1


def test_wake_up_that_comes_twice_works_once(buy, sandbox_carrier):
    order = buy()

    settling.settle_lines_task()
    settling.settle_lines_task()
    charging.charge_orders_task()

    assert line_of(order).state == LineState.DELIVERED
    assert len(sold(sandbox_carrier, order)) == 1
    assert balance(Pocket.REVENUE, "USD") == PRICE


def test_carrier_is_never_called_inside_a_transaction(buy, sandbox_carrier, at):
    order = buy()

    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        sweep(at=at)

    assert sold(sandbox_carrier, order) == []


def test_sweep_finds_the_tenant_by_itself(buy, at):
    order = buy()

    with schema_context("public"):
        sweep(at=at)

    assert line_of(order).state == LineState.DELIVERED


def test_slow_carrier_is_asked_every_five_minutes(buy, at):
    buy("0116")
    sweep(at=at)
    DueWork.objects.filter(kind=SETTLE_LINE).update(attempts=99)

    sweep(at=at + timedelta(hours=1))

    assert DueWork.objects.get().due_at == at + timedelta(hours=1, minutes=5)
