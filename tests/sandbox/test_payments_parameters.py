"""Requests that Stripe would refuse, and those that only this sandbox does."""

import httpx
import pytest
import stripe

CHARGE = {"amount": 2500, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa"}


@pytest.mark.parametrize(
    ("extra", "param"),
    [
        ({"bogus": 1}, "bogus"),
        ({"payment_method_options": {"card": {"bogus": 1}}}, "payment_method_options[card][bogus]"),
    ],
)
def test_unknown_parameter_is_refused_by_name(sdk, payments, extra, param):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk.payment_intents.create({**CHARGE, **extra})

    assert (refusal.value.code, refusal.value.param) == ("parameter_unknown", param)
    assert payments.get("/sandbox/truth")["payment_intents"] == []


def test_option_of_the_sdk_is_no_parameter(payments):
    answer = httpx.post(
        f"{payments.url}/v1/payment_intents",
        headers={"Authorization": "Bearer sk_test_x"},
        data={"amount": "2500", "currency": "usd", "idempotency_key": "in the body"},
    )

    assert answer.json()["error"]["param"] == "idempotency_key"


def test_missing_parameter_is_named(sdk):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk.payment_intents.create({"currency": "usd"})

    assert (refusal.value.code, refusal.value.param) == ("parameter_missing", "amount")


def test_parameter_that_would_be_ignored_is_refused(sdk):
    with pytest.raises(stripe.InvalidRequestError, match="does not act on it"):
        sdk.payment_intents.create({**CHARGE, "application_fee_amount": 100})


@pytest.mark.parametrize("amount", ["12.50", "lots", 0, -1, 100_000_000])
def test_amount_is_a_whole_number_of_minor_units(sdk, amount):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk.payment_intents.create({**CHARGE, "amount": amount})

    assert refusal.value.param == "amount"


def test_unknown_object_is_not_found(sdk):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk.payment_intents.retrieve("pi_unknown")

    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


def test_unknown_call_is_not_found(sdk):
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        sdk.invoices.list()


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer sk_live_x"}])
def test_call_without_a_test_key_is_refused(payments, headers):
    answer = httpx.get(f"{payments.url}/v1/customers", headers=headers)

    assert answer.status_code == 401


def test_only_loopback_is_listened_on(payments):
    port = format(payments.ports["port"], "04X")
    with open("/proc/net/tcp") as table:
        [address] = [row.split()[1] for row in table if f":{port} 00000000:0000" in row]

    assert address == f"0100007F:{port}"
