"""Charging a card: taken at once, held and captured, declined, let go."""

from typing import Any

import pytest
import stripe

CHARGE = {"amount": 2500, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa"}
HELD = {**CHARGE, "capture_method": "manual"}


def test_saved_card_is_charged(sdk, customer):
    card = sdk.payment_methods.attach("pm_card_visa", {"customer": customer.id})

    intent = sdk.payment_intents.create(
        {
            **CHARGE,
            "customer": customer.id,
            "payment_method": card.id,
            "off_session": True,
            "metadata": {"order": "7"},
        }
    )

    assert (intent.status, intent.amount_received) == ("succeeded", 2500)
    assert sdk.payment_intents.retrieve(intent.id).metadata["order"] == "7"


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
        (
            "pm_card_visa_chargeDeclinedInsufficientFunds",
            "card_declined",
            "insufficient_funds",
        ),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ],
)
def test_declined_card_names_its_reason_and_its_intent(sdk, card, code, decline_code):
    with pytest.raises(stripe.CardError) as refusal:
        sdk.payment_intents.create({**CHARGE, "payment_method": card})

    error: Any = refusal.value.error
    assert (refusal.value.http_status, error.code, error.decline_code) == (402, code, decline_code)
    assert error.payment_intent.status == "requires_payment_method"
    assert error.payment_intent.last_payment_error.message == refusal.value.user_message


def test_declined_intent_can_be_confirmed_with_another_card(sdk):
    with pytest.raises(stripe.CardError) as refusal:
        sdk.payment_intents.create({**CHARGE, "payment_method": "pm_card_visa_chargeDeclined"})

    error: Any = refusal.value.error
    intent = sdk.payment_intents.confirm(
        error.payment_intent.id, {"payment_method": "pm_card_visa"}
    )

    assert (intent.status, intent.last_payment_error) == ("succeeded", None)


def test_held_amount_is_captured_in_part_and_the_rest_let_go(sdk, payments):
    intent = sdk.payment_intents.create(HELD)
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 2500)

    captured = sdk.payment_intents.capture(intent.id, {"amount_to_capture": 1500})

    assert (captured.status, captured.amount_received) == ("succeeded", 1500)
    assert captured.amount_capturable == 0
    [charge] = payments.get("/sandbox/truth")["charges"]
    assert (charge["amount"], charge["amount_captured"]) == (2500, 1500)


def test_nothing_is_captured_twice(sdk):
    intent = sdk.payment_intents.create(HELD)
    sdk.payment_intents.capture(intent.id)

    with pytest.raises(stripe.InvalidRequestError, match="already been captured") as refusal:
        sdk.payment_intents.capture(intent.id)

    assert refusal.value.code == "payment_intent_unexpected_state"


@pytest.mark.parametrize("amount", [2501, 0, -1])
def test_no_more_than_what_is_held_is_captured(sdk, amount):
    intent = sdk.payment_intents.create(HELD)

    with pytest.raises(stripe.InvalidRequestError):
        sdk.payment_intents.capture(intent.id, {"amount_to_capture": amount})

    assert sdk.payment_intents.retrieve(intent.id).status == "requires_capture"


def test_cancelled_intent_is_never_captured(sdk):
    intent = sdk.payment_intents.create(HELD)

    cancelled = sdk.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})

    assert (cancelled.status, cancelled.cancellation_reason) == ("canceled", "abandoned")
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        sdk.payment_intents.capture(intent.id)


def test_captured_intent_is_never_cancelled(sdk):
    intent = sdk.payment_intents.create(CHARGE)

    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        sdk.payment_intents.cancel(intent.id)


def test_held_amount_is_let_go_when_its_time_is_over(sdk, payments, patiently):
    intent = sdk.payment_intents.create(HELD)

    payments.post("/sandbox/expire", id=intent.id)

    assert patiently(lambda: sdk.payment_intents.retrieve(intent.id).status == "canceled")
    assert sdk.payment_intents.retrieve(intent.id).cancellation_reason == "automatic"


def test_amount_below_the_smallest_is_refused(sdk):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk.payment_intents.create({**CHARGE, "amount": 49})

    assert refusal.value.code == "amount_too_small"


def test_card_of_another_customer_is_refused(sdk, customer):
    stranger = sdk.customers.create({"email": "gil@globex.example"})
    card = sdk.payment_methods.attach("pm_card_visa", {"customer": customer.id})

    with pytest.raises(stripe.InvalidRequestError, match="different Customer"):
        sdk.payment_intents.create({**CHARGE, "customer": stranger.id, "payment_method": card.id})


def test_intent_without_a_card_waits_for_one(sdk):
    intent = sdk.payment_intents.create({"amount": 2500, "currency": "usd"})
    assert intent.status == "requires_payment_method"

    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        sdk.payment_intents.confirm(intent.id)
