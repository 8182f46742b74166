"""Money given back, and never more than was taken."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

CHARGE = {"amount": 2500, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa"}


@pytest.fixture
def paid(sdk):
    return sdk.payment_intents.create(CHARGE)


def test_refund_in_parts_adds_up(sdk, payments, paid):
    sdk.refunds.create({"payment_intent": paid.id, "amount": 500, "metadata": {"line": "1"}})

    rest = sdk.refunds.create({"payment_intent": paid.id})

    assert (rest.amount, rest.status) == (2000, "succeeded")
    [charge] = payments.get("/sandbox/truth")["charges"]
    assert (charge["amount_refunded"], charge["refunded"]) == (2500, True)


def test_refunds_never_exceed_what_was_taken(sdk, paid):
    sdk.refunds.create({"payment_intent": paid.id, "amount": 500})

    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        sdk.refunds.create({"payment_intent": paid.id, "amount": 2001})


def test_refund_is_measured_by_what_was_captured(sdk):
    held = sdk.payment_intents.create({**CHARGE, "capture_method": "manual"})
    sdk.payment_intents.capture(held.id, {"amount_to_capture": 1000})

    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        sdk.refunds.create({"payment_intent": held.id, "amount": 1001})


def test_parallel_refunds_never_exceed_what_was_taken(sdk, payments, paid):
    def refund():
        try:
            sdk.refunds.create({"payment_intent": paid.id, "amount": 1000})
        except stripe.InvalidRequestError:
            return

    with ThreadPoolExecutor(8) as buyers:
        list(buyers.map(lambda _: refund(), range(8)))

    assert sum(refund["amount"] for refund in payments.get("/sandbox/truth")["refunds"]) == 2000


def test_what_was_refunded_is_not_refunded_again(sdk, paid):
    sdk.refunds.create({"payment_intent": paid.id})

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk.refunds.create({"payment_intent": paid.id})

    assert refusal.value.code == "charge_already_refunded"


def test_held_money_is_not_refunded(sdk):
    held = sdk.payment_intents.create({**CHARGE, "capture_method": "manual"})

    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        sdk.refunds.create({"payment_intent": held.id})


def test_refund_may_fail_later_and_frees_its_amount(sdk, payments, patiently):
    paid = sdk.payment_intents.create({**CHARGE, "payment_method": "pm_card_refundFail"})
    refund = sdk.refunds.create({"payment_intent": paid.id})

    payments.post("/sandbox/expire", id=refund.id)

    assert patiently(lambda: sdk.refunds.retrieve(refund.id).status == "failed")
    assert payments.get("/sandbox/truth")["charges"][0]["amount_refunded"] == 0


def test_refunds_of_one_payment_are_listed(sdk, paid):
    other = sdk.payment_intents.create(CHARGE)
    sdk.refunds.create({"payment_intent": other.id})
    refund = sdk.refunds.create({"payment_intent": paid.id, "amount": 700})

    found = sdk.refunds.list({"payment_intent": paid.id})

    assert [each.id for each in found.data] == [refund.id]
