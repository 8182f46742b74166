"""A card whose owner is asked: he approves or refuses on a page, and comes back."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import stripe

RETURN_URL = "http://acme.numberyard.localhost:8000/orders/7/?from=bank"
HELD = {
    "amount": 2500,
    "capture_method": "manual",
    "confirm": True,
    "currency": "usd",
    "description": "Order 7 & <more>",
    "payment_method": "pm_card_authenticationRequired",
    "return_url": RETURN_URL,
}


@pytest.fixture
def asked(sdk):
    return sdk.payment_intents.create(HELD)


def page_of(intent):
    return intent.next_action.redirect_to_url.url


def test_intent_waits_and_says_where_to_go(asked):
    assert asked.status == "requires_action"
    assert asked.next_action.redirect_to_url.return_url == RETURN_URL
    page = httpx.get(page_of(asked))
    assert page.status_code == 200
    assert "25.00 USD" in page.text
    assert "ending in 3184" in page.text
    assert "Order 7 &amp; &lt;more&gt;" in page.text


def test_approval_holds_the_money_and_leads_back(asked, sdk):
    answer = httpx.post(page_of(asked), data={"outcome": "approve"})

    back = urlsplit(answer.headers["location"])
    assert (answer.status_code, back.netloc, back.path) == (
        303,
        "acme.numberyard.localhost:8000",
        "/orders/7/",
    )
    assert parse_qs(back.query) == {
        "from": ["bank"],
        "payment_intent": [asked.id],
        "payment_intent_client_secret": [asked.client_secret],
        "redirect_status": ["succeeded"],
    }
    assert sdk.payment_intents.retrieve(asked.id).status == "requires_capture"


def test_refusal_holds_nothing_and_says_why(asked, sdk, payments):
    answer = httpx.post(page_of(asked), data={"outcome": "refuse"})

    assert "redirect_status=failed" in answer.headers["location"]
    intent = sdk.payment_intents.retrieve(asked.id)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    assert payments.get("/sandbox/truth")["charges"] == []


def test_card_may_be_declined_after_approval(sdk, customer, payments):
    session = sdk.checkout.sessions.create(
        {
            "mode": "setup",
            "currency": "usd",
            "customer": customer.id,
            "success_url": "http://127.0.0.1/done",
        }
    )
    form = {"number": "4000008400001629", "expiry": "12/34", "cvc": "123", "name": "Ada"}
    httpx.post(session.url, data=form)
    [card] = sdk.payment_methods.list({"customer": customer.id}).data
    asked = sdk.payment_intents.create({**HELD, "customer": customer.id, "payment_method": card.id})

    answer = httpx.post(page_of(asked), data={"outcome": "approve"})

    assert "redirect_status=failed" in answer.headers["location"]
    assert sdk.payment_intents.retrieve(asked.id).last_payment_error.code == "card_declined"


def test_nobody_approves_twice_or_after_a_cancel(asked, sdk):
    sdk.payment_intents.cancel(asked.id)

    answer = httpx.post(page_of(asked), data={"outcome": "approve"})

    assert answer.status_code == 409
    assert sdk.payment_intents.retrieve(asked.id).status == "canceled"


def test_absent_owner_cannot_be_asked(sdk):
    with pytest.raises(stripe.CardError) as refusal:
        sdk.payment_intents.create({**HELD, "off_session": True})

    assert refusal.value.code == "authentication_required"


def test_unknown_payment_has_no_page(payments):
    assert httpx.get(f"{payments.url}/authenticate/pi_unknown").status_code == 404
