"""What goes wrong on purpose, and what is true meanwhile."""

import httpx
import pytest
import stripe

CHARGE = {"amount": 2500, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa"}
KEY = {"idempotency_key": "order-1"}


@pytest.mark.parametrize(
    ("kind", "error", "charges"),
    [
        ("500_before", stripe.APIError, 0),
        ("500_after", stripe.APIError, 1),
        ("drop_before", stripe.APIConnectionError, 0),
        ("drop_after", stripe.APIConnectionError, 1),
        ("429", stripe.RateLimitError, 0),
        ("409", stripe.APIError, 0),
    ],
)
def test_lost_call_has_its_effect_once_when_repeated(sdk, payments, kind, error, charges):
    payments.post("/sandbox/faults", rate=1, kinds=[kind], count=1)
    with pytest.raises(error):
        sdk.payment_intents.create(CHARGE, KEY)
    assert len(payments.get("/sandbox/truth")["charges"]) == charges

    intent = sdk.payment_intents.create(CHARGE, KEY)

    assert intent.status == "succeeded"
    assert len(payments.get("/sandbox/truth")["charges"]) == 1


def test_faults_can_be_kept_to_some_calls(sdk, payments):
    payments.post("/sandbox/faults", rate=1, kinds=["500_before"], match="/capture")
    intent = sdk.payment_intents.create({**CHARGE, "capture_method": "manual"})

    with pytest.raises(stripe.APIError):
        sdk.payment_intents.capture(intent.id)


def test_same_seed_fails_the_same_calls(sdk, payments):
    first = failures(sdk, payments, seed=7)

    assert failures(sdk, payments, seed=7) == first
    assert 0 < sum(first) < 20


def failures(sdk, payments, seed):
    payments.post("/sandbox/faults", rate=0.4, kinds=["500_before", "drop_after"], seed=seed)
    return [fails(sdk) for _ in range(20)]


def fails(sdk):
    try:
        sdk.customers.create({})
    except (stripe.APIError, stripe.APIConnectionError):
        return True
    return False


def test_truth_is_told_whatever_is_wrong(sdk, payments):
    sdk.payment_intents.create(CHARGE)
    payments.post("/sandbox/faults", rate=1, kinds=["500_before", "drop_before"])

    truth = payments.get("/sandbox/truth")

    assert truth["payment_intents"][0]["amount_received"] == 2500


def test_unknown_fault_is_refused(payments):
    answer = httpx.post(f"{payments.url}/sandbox/faults", json={"rate": 1, "kinds": ["flood"]})

    assert answer.status_code == 400


def test_reset_forgets_everything(sdk, payments, customer):
    payments.post("/sandbox/reset")

    assert sdk.customers.list().data == []
