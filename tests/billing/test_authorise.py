from datetime import timedelta
from uuid import uuid4

import pytest

from billing import calls, payments, settling
from billing.models import Payment, PaymentState, StripeCall
from tests.billing.factories import (
    RETURN_URL,
    add_card,
    answer_bank,
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


def authorise(payment):
    payments.authorise(payment, return_url=RETURN_URL, at=NOON)


def test_holds_the_amount_on_the_card(sandbox_payments, tenant):
    payment = plan_payment()

    authorise(payment)

    assert payment.state == PaymentState.AUTHORISED
    (intent,) = intents(sandbox_payments)
    assert (intent["id"], intent["status"]) == (payment.intent_id, "requires_capture")
    assert (intent["amount"], intent["currency"]) == (2500, "usd")
    assert intent["metadata"] == {
        "tenant": str(tenant.reference),
        "order": str(payment.order),
    }


def test_nothing_is_left_for_the_sweep(sandbox_payments):
    authorised_payment()

    assert not DueWork.objects.exists()


def test_an_order_has_one_payment(sandbox_payments):
    card, order = add_card(), uuid4()
    first = payments.plan(order, amount=2500, currency="USD", card=card, at=NOON)

    again = payments.plan(order, amount=2500, currency="USD", card=card, at=NOON)

    assert again == first


def test_asking_again_asks_nothing(sandbox_payments):
    payment = authorised_payment()

    authorise(payment)

    assert len(intents(sandbox_payments)) == 1


def test_the_second_of_two_clicks_reads_what_the_first_has_done(sandbox_payments):
    payment = plan_payment()
    second_click = Payment.objects.get(pk=payment.pk)
    authorise(payment)

    authorise(second_click)

    assert second_click.state == PaymentState.AUTHORISED
    assert len(intents(sandbox_payments)) == 1


@pytest.mark.parametrize(
    ("card", "words"),
    [
        ("pm_card_visa_chargeDeclined", "declined"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "not have enough funds"),
        ("pm_card_chargeDeclinedExpiredCard", "has expired"),
        ("pm_card_chargeDeclinedIncorrectCvc", "security code"),
        ("pm_card_chargeDeclinedProcessingError", "Try again"),
    ],
)
def test_a_declined_card_is_explained(sandbox_payments, card, words):
    payment = plan_payment(add_card(card))

    authorise(payment)

    assert payment.state == PaymentState.DECLINED
    assert words in payment.refusal
    assert payment.decline_code
    assert not DueWork.objects.exists()


def test_a_card_that_is_gone_is_declined(sandbox_payments):
    payment = plan_payment(add_card(payment_method_id="pm_gone"))

    authorise(payment)

    assert (payment.state, payment.refusal) == (
        PaymentState.DECLINED,
        "This card can no longer be charged. Use another card.",
    )


def test_an_amount_too_small_for_cards_is_declined(sandbox_payments):
    payment = plan_payment(amount=49)

    authorise(payment)

    assert (payment.state, payment.refusal[:23]) == (
        PaymentState.DECLINED,
        "The amount is too small",
    )


@pytest.fixture
def asked(sandbox_payments):
    return authorised_payment(add_card("pm_card_authenticationRequired"))


def test_a_card_may_ask_its_owner(asked):
    assert asked.state == PaymentState.NEEDS_AUTHENTICATION
    assert "/authenticate/" in asked.authentication_url


def test_an_approved_payment_is_held(asked):
    answer_bank(asked, "approve")

    payments.refresh(asked, at=NOON)

    assert asked.state == PaymentState.AUTHORISED


def test_a_payment_refused_at_the_bank_is_explained(asked):
    answer_bank(asked, "refuse")

    payments.refresh(asked, at=NOON)

    assert asked.state == PaymentState.DECLINED
    assert "not confirmed at your bank" in asked.refusal


def test_a_payment_approved_behind_a_closed_tab_is_found(asked):
    answer_bank(asked, "approve")

    settling.settle_payments(at=SOON)

    asked.refresh_from_db()
    assert asked.state == PaymentState.AUTHORISED


def test_an_owner_who_does_not_answer_is_not_waited_for(asked, sandbox_payments):
    settling.settle_payments(at=NOON + settling.UNCONFIRMED_FOR)

    asked.refresh_from_db()
    assert asked.state == PaymentState.VOIDED
    assert intents(sandbox_payments)[0]["status"] == "canceled"


def test_a_payment_nobody_asked_for_is_voided(sandbox_payments):
    payment = plan_payment()

    settling.settle_payments(at=NOON + settling.UNASKED_FOR)

    payment.refresh_from_db()
    assert payment.state == PaymentState.VOIDED
    assert intents(sandbox_payments) == []


@pytest.mark.parametrize("fault", ["500_before", "500_after", "drop_before", "drop_after", "409"])
def test_no_answer_is_asked_for_again_with_the_same_key(sandbox_payments, fault):
    payment = plan_payment()
    break_calls(sandbox_payments, fault)
    authorise(payment)
    assert payment.state == PaymentState.UNKNOWN

    settling.settle_payments(at=SOON)

    payment.refresh_from_db()
    assert payment.state == PaymentState.AUTHORISED
    assert len(intents(sandbox_payments)) == 1


def test_a_busy_provider_is_asked_again(sandbox_payments):
    payment = plan_payment()
    break_calls(sandbox_payments, "429")
    authorise(payment)

    settling.settle_payments(at=SOON)

    payment.refresh_from_db()
    assert payment.state == PaymentState.AUTHORISED


def test_a_provider_that_is_down_leaves_the_payment_for_later(sandbox_payments, settings):
    payment = plan_payment()
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"
    authorise(payment)
    settling.settle_payments(at=SOON)
    assert Payment.objects.get().state == PaymentState.UNKNOWN
    settings.STRIPE_API_BASE = sandbox_payments.url

    settling.settle_payments(at=SOON + timedelta(minutes=2))

    payment.refresh_from_db()
    assert payment.state == PaymentState.AUTHORISED


@pytest.mark.parametrize("point", ["before_authorise", "after_authorise"])
def test_a_worker_that_dies_leaves_it_to_the_sweep(sandbox_payments, point):
    payment = plan_payment()
    with crashing(payments, point):
        authorise(payment)

    settling.settle_payments(at=SOON)

    payment.refresh_from_db()
    assert payment.state == PaymentState.AUTHORISED
    assert len(intents(sandbox_payments)) == 1


@pytest.fixture
def forgotten_key(sandbox_payments):
    """A payment whose call got no answer for so long that its key may be forgotten."""
    payment = plan_payment()
    break_calls(sandbox_payments, "drop_after")
    authorise(payment)
    StripeCall.objects.update(sent_at=NOON - calls.REPEATABLE_FOR)
    return payment


def test_after_a_day_the_intent_is_looked_up(forgotten_key, sandbox_payments):
    settling.settle_payments(at=SOON)

    forgotten_key.refresh_from_db()
    assert forgotten_key.state == PaymentState.AUTHORISED
    assert len(intents(sandbox_payments)) == 1


def test_after_a_day_an_intent_that_is_not_there_was_never_made(sandbox_payments):
    payment = plan_payment()
    break_calls(sandbox_payments, "drop_before")
    authorise(payment)
    StripeCall.objects.update(sent_at=NOON - calls.REPEATABLE_FOR)

    settling.settle_payments(at=SOON)

    payment.refresh_from_db()
    assert (payment.state, payment.refusal) == (PaymentState.VOIDED, payments.NEVER_ASKED)
    assert intents(sandbox_payments) == []
