"""One key, one request, one effect and one answer."""

import threading

import pytest
import stripe

CHARGE = {"amount": 2500, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa"}


def test_same_key_answers_as_before_and_does_nothing(sdk, payments):
    first = sdk.payment_intents.create(CHARGE, {"idempotency_key": "order-1"})

    again = sdk.payment_intents.create(CHARGE, {"idempotency_key": "order-1"})

    assert again.to_dict() == first.to_dict()
    assert len(payments.get("/sandbox/truth")["charges"]) == 1


def test_a_refusal_is_repeated_too(sdk, payments):
    declined = {**CHARGE, "payment_method": "pm_card_visa_chargeDeclined"}
    with pytest.raises(stripe.CardError) as first:
        sdk.payment_intents.create(declined, {"idempotency_key": "order-1"})

    with pytest.raises(stripe.CardError) as again:
        sdk.payment_intents.create(declined, {"idempotency_key": "order-1"})

    assert again.value.json_body == first.value.json_body
    assert again.value.headers
    assert again.value.headers["idempotent-replayed"] == "true"
    assert len(payments.get("/sandbox/truth")["charges"]) == 1


def test_same_key_for_another_amount_is_refused(sdk):
    sdk.payment_intents.create(CHARGE, {"idempotency_key": "order-1"})

    with pytest.raises(stripe.IdempotencyError) as refusal:
        sdk.payment_intents.create({**CHARGE, "amount": 2600}, {"idempotency_key": "order-1"})

    assert refusal.value.http_status == 400


def test_same_key_for_another_call_is_refused(sdk):
    sdk.customers.create({}, {"idempotency_key": "order-1"})

    with pytest.raises(stripe.IdempotencyError):
        sdk.payment_intents.create(CHARGE, {"idempotency_key": "order-1"})


def test_same_key_while_the_first_is_answered_is_a_conflict(sdk, payments):
    payments.post("/sandbox/faults", rate=1, kinds=["slow"], count=1, slow_seconds=1)
    arguments = (CHARGE, {"idempotency_key": "order-1"})
    first = threading.Thread(target=sdk.payment_intents.create, args=arguments)
    first.start()
    first.join(0.5)

    # The SDK has no class of its own for this one; with retries on, it would wait and ask again.
    with pytest.raises(stripe.APIError) as refusal:
        sdk.payment_intents.create(*arguments)

    first.join()
    assert refusal.value.http_status == 409
    assert len(payments.get("/sandbox/truth")["payment_intents"]) == 1


def test_a_request_that_was_not_begun_leaves_its_key_free(sdk):
    with pytest.raises(stripe.InvalidRequestError):
        sdk.payment_intents.create({**CHARGE, "amount": "lots"}, {"idempotency_key": "order-1"})

    intent = sdk.payment_intents.create(CHARGE, {"idempotency_key": "order-1"})

    assert intent.status == "succeeded"


def test_effect_and_answer_survive_a_kill_together(start_payments):
    payments = start_payments()
    first = payments.sdk.payment_intents.create(CHARGE, {"idempotency_key": "order-1"})
    payments.kill()

    payments.start()

    again = payments.sdk.payment_intents.create(CHARGE, {"idempotency_key": "order-1"})
    assert again.id == first.id
    assert [charge["amount"] for charge in payments.get("/sandbox/truth")["charges"]] == [2500]
