from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from billing import calls, ledger, payments, refunding, settling, stripe_client
from billing.models import LedgerTransaction, Pocket, Refund, RefundState, StripeCall
from tests.billing.factories import (
    add_card,
    authorised_payment,
    break_calls,
    captured_payment,
    crashing,
)
from tests.conftest import NOON
from work.models import DueWork

pytestmark = pytest.mark.usefixtures("tenant")

SOON = NOON + timedelta(minutes=5)


@pytest.fixture
def paid(sandbox_payments):
    return captured_payment(amount=2500)


@pytest.fixture
def refund(paid):
    return payments.refund(paid, line=uuid4(), amount=1000, at=NOON)


def at_stripe(sandbox):
    return sandbox.get("/sandbox/truth")["refunds"]


def test_the_card_gets_back_what_was_charged_for_the_line(refund, sandbox_payments):
    settling.settle_payments(at=NOON)

    refund.refresh_from_db()
    assert refund.state == RefundState.SUCCEEDED
    (told,) = at_stripe(sandbox_payments)
    assert (told["id"], told["amount"]) == (refund.refund_id, 1000)
    assert ledger.balance(Pocket.OWED, "USD") == 1500
    assert ledger.balance(Pocket.CARD, "USD") == -1500
    assert not DueWork.objects.exists()


def test_a_line_is_refunded_once(refund, paid, sandbox_payments):
    payments.refund(paid, line=refund.line, amount=1000, at=NOON)
    settling.settle_payments(at=NOON)
    settling.settle_payments(at=SOON)

    paid.refresh_from_db()
    assert paid.refunded == 1000
    assert len(at_stripe(sandbox_payments)) == 1


def test_no_more_than_was_captured_is_refunded(refund, paid):
    with (
        pytest.raises(IntegrityError, match="payment_refunds_what_it_captured"),
        transaction.atomic(),
    ):
        payments.refund(paid, line=uuid4(), amount=1501, at=NOON)


def test_what_is_only_held_is_not_refunded(sandbox_payments):
    held = authorised_payment()

    with pytest.raises(IntegrityError), transaction.atomic():
        payments.refund(held, line=uuid4(), amount=100, at=NOON)


@pytest.mark.parametrize("fault", ["500_before", "500_after", "drop_before", "drop_after", "429"])
def test_no_answer_is_asked_for_again_with_the_same_key(refund, sandbox_payments, fault):
    break_calls(sandbox_payments, fault)
    settling.settle_payments(at=NOON)

    settling.settle_payments(at=SOON)

    refund.refresh_from_db()
    assert refund.state == RefundState.SUCCEEDED
    assert len(at_stripe(sandbox_payments)) == 1


@pytest.mark.parametrize("point", ["before_refund", "after_refund"])
def test_a_worker_that_dies_leaves_it_to_the_next(refund, sandbox_payments, point):
    with crashing(refunding, point):
        settling.settle_payments(at=NOON)

    settling.settle_payments(at=SOON)

    refund.refresh_from_db()
    assert refund.state == RefundState.SUCCEEDED
    assert len(at_stripe(sandbox_payments)) == 1


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [("drop_after", RefundState.SUCCEEDED), ("drop_before", RefundState.FAILED)],
)
def test_after_a_day_the_refund_is_looked_up(refund, sandbox_payments, fault, outcome):
    break_calls(sandbox_payments, fault)
    settling.settle_payments(at=NOON)
    StripeCall.objects.update(sent_at=NOON - calls.REPEATABLE_FOR)

    settling.settle_payments(at=SOON)

    refund.refresh_from_db()
    assert refund.state == outcome


def test_what_the_card_does_not_take_back_goes_to_the_balance(sandbox_payments):
    paid = captured_payment(card=add_card("pm_card_refundFail"))
    refund = payments.refund(paid, line=uuid4(), amount=2500, at=NOON)
    settling.settle_payments(at=NOON)
    sandbox_payments.post("/sandbox/expire", id=Refund.objects.get().refund_id)
    refund.refresh_from_db()

    told = failed_refund(refund)
    refunding.apply(refund, told, at=SOON)

    assert refund.state == RefundState.FAILED
    assert ledger.wallet_balance("USD") == 2500
    assert ledger.balance(Pocket.OWED, "USD") == 0
    correction = LedgerTransaction.objects.get(cause_kind="refund_failed")
    assert correction.corrects == LedgerTransaction.objects.get(cause_kind="refunded")


def failed_refund(refund):
    import time

    until = time.monotonic() + 5
    told = stripe_client.retrieve_refund(refund.refund_id)
    while told.status != "failed" and time.monotonic() < until:
        time.sleep(0.05)
        told = stripe_client.retrieve_refund(refund.refund_id)
    return told
