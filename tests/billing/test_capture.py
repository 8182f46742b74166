from datetime import timedelta

import pytest

from billing import ledger, payments, receivables, settling
from billing.models import Payment, PaymentState, Pocket
from tests.billing.factories import (
    add_card,
    authorised_payment,
    break_calls,
    crashing,
    intents,
    plan_payment,
)
from tests.conftest import NOON
from work.models import DueWork

pytestmark = pytest.mark.usefixtures("tenant")

SOON = NOON + timedelta(minutes=2)


@pytest.fixture
def held(sandbox_payments):
    return authorised_payment()


def test_charges_what_was_delivered_and_lets_go_of_the_rest(held, sandbox_payments):
    payments.capture(held, amount=1500, at=NOON)

    assert (held.state, held.captured) == (PaymentState.CAPTURED, 1500)
    (intent,) = intents(sandbox_payments)
    assert (intent["status"], intent["amount_received"]) == ("succeeded", 1500)
    assert not DueWork.objects.exists()


def test_what_was_owed_for_deliveries_is_settled(held, tenant):
    receivables.deliver(held.reference, 1500, "USD", vat=0, at=NOON)

    payments.capture(held, amount=1500, at=NOON)

    assert ledger.balance(Pocket.OWED, "USD") == 0
    assert ledger.balance(Pocket.CARD, "USD") == -1500
    assert ledger.balance(Pocket.REVENUE, "USD") == 1500


def test_the_tax_on_a_delivery_is_not_ours(held, tenant):
    receivables.deliver(held.reference, 1500, "USD", vat=250, at=NOON)

    payments.capture(held, amount=1500, at=NOON)

    assert ledger.balance(Pocket.OWED, "USD") == 0
    assert ledger.balance(Pocket.REVENUE, "USD") == 1250
    assert ledger.balance(Pocket.VAT, "USD") == 250


def test_capturing_again_changes_nothing(held, sandbox_payments):
    payments.capture(held, amount=1500, at=NOON)

    payments.capture(held, amount=2500, at=NOON)

    assert intents(sandbox_payments)[0]["amount_received"] == 1500
    assert ledger.balance(Pocket.OWED, "USD") == 1500


@pytest.mark.parametrize("fault", ["500_before", "500_after", "drop_before", "drop_after", "409"])
def test_a_silent_capture_is_finished_by_the_sweep(held, sandbox_payments, fault):
    break_calls(sandbox_payments, fault)
    payments.capture(held, amount=1500, at=NOON)
    assert held.state == PaymentState.CAPTURING

    settling.settle_payments(at=SOON)

    held.refresh_from_db()
    assert (held.state, held.captured) == (PaymentState.CAPTURED, 1500)
    assert ledger.balance(Pocket.OWED, "USD") == 1500


@pytest.mark.parametrize("point", ["before_capture", "after_capture"])
def test_a_worker_that_dies_while_capturing_leaves_it_to_the_sweep(held, point):
    with crashing(payments, point):
        payments.capture(held, amount=1500, at=NOON)

    settling.settle_payments(at=SOON)

    assert Payment.objects.get().state == PaymentState.CAPTURED
    assert ledger.balance(Pocket.OWED, "USD") == 1500


def test_a_hold_that_has_expired_cannot_be_captured(held, sandbox_payments):
    sandbox_payments.post("/sandbox/expire", id=held.intent_id)
    wait_for_status(sandbox_payments, "canceled")

    payments.capture(held, amount=1500, at=NOON)

    assert (held.state, held.captured) == (PaymentState.VOIDED, 0)
    assert ledger.balance(Pocket.OWED, "USD") == 0


def wait_for_status(sandbox, status):
    import time

    until = time.monotonic() + 5
    while intents(sandbox)[0]["status"] != status and time.monotonic() < until:
        time.sleep(0.05)


def test_voiding_lets_go_of_all(held, sandbox_payments):
    payments.void(held, at=NOON)

    assert held.state == PaymentState.VOIDED
    assert intents(sandbox_payments)[0]["status"] == "canceled"
    assert ledger.balance(Pocket.OWED, "USD") == 0


def test_a_payment_that_was_never_asked_for_is_voided_without_a_call(sandbox_payments):
    payment = plan_payment()

    payments.void(payment, at=NOON)

    assert payment.state == PaymentState.VOIDED
    assert not DueWork.objects.exists()


def test_voiding_an_unanswered_payment_finds_out_first(sandbox_payments):
    payment = plan_payment()
    break_calls(sandbox_payments, "drop_after")
    payments.authorise(payment, return_url="http://acme.example/", at=NOON)

    payments.void(payment, at=NOON)

    assert payment.state == PaymentState.VOIDED
    assert intents(sandbox_payments)[0]["status"] == "canceled"


@pytest.mark.parametrize("point", ["before_void", "after_void"])
def test_a_worker_that_dies_while_voiding_leaves_it_to_the_sweep(held, sandbox_payments, point):
    with crashing(payments, point):
        payments.void(held, at=NOON)

    settling.settle_payments(at=SOON)

    assert Payment.objects.get().state == PaymentState.VOIDED
    assert intents(sandbox_payments)[0]["status"] == "canceled"


def test_a_captured_payment_is_not_voided(held):
    payments.capture(held, amount=1500, at=NOON)

    payments.void(held, at=NOON)

    assert held.state == PaymentState.CAPTURED


def test_a_declined_payment_stays_declined(sandbox_payments):
    payment = authorised_payment(add_card("pm_card_visa_chargeDeclined"))

    payments.capture(payment, amount=1500, at=NOON)

    assert payment.state == PaymentState.DECLINED
