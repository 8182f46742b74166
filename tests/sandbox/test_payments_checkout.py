"""Saving a card on the provider's page."""

import httpx
import pytest
import stripe

GOOD = {"number": "4242 4242 4242 4242", "expiry": "12 / 34", "cvc": "123", "name": "Ada Byron"}


@pytest.fixture
def session(sdk, customer):
    return sdk.checkout.sessions.create(
        {
            "mode": "setup",
            "currency": "usd",
            "customer": customer.id,
            "success_url": "http://127.0.0.1:1/cards/?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://127.0.0.1:1/cards/",
            "metadata": {"tenant": "acme"},
            "setup_intent_data": {"metadata": {"member": "ada"}},
        }
    )


def test_form_names_the_customer_and_the_way_back(session):
    page = httpx.get(session.url)

    assert page.status_code == 200
    assert "Acme Telecom" in page.text
    assert 'href="http://127.0.0.1:1/cards/"' in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_saved_card_belongs_to_the_customer_and_can_be_charged(session, sdk, customer):
    answer = httpx.post(session.url, data=GOOD)

    assert answer.status_code == 303
    assert answer.headers["location"] == f"http://127.0.0.1:1/cards/?session={session.id}"
    done = sdk.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent.payment_method"]})
    method = done.setup_intent.payment_method
    assert (done.status, done.setup_intent.metadata["member"]) == ("complete", "ada")
    assert (method.customer, method.card.last4, method.card.exp_year) == (customer.id, "4242", 2034)
    intent = sdk.payment_intents.create(
        {
            "amount": 900,
            "confirm": True,
            "currency": "usd",
            "customer": customer.id,
            "off_session": True,
            "payment_method": method.id,
        }
    )
    assert intent.status == "succeeded"


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("number", "", "Enter the card number."),
        ("number", "4242", "A card number has 12 to 19 digits."),
        ("number", "4242 4242 4242 4241", "Your card number is invalid."),
        ("number", "4111 1111 1111 1111", "takes only test cards"),
        ("expiry", "13/30", "Enter the month and the year"),
        ("expiry", "01/20", "expiration date is in the past"),
        ("cvc", "12", "Enter the security code of 3 digits."),
        ("name", " ", "Enter the name on the card."),
    ],
)
def test_wrong_field_says_what_is_wrong_and_saves_nothing(session, sdk, field, typed, message):
    answer = httpx.post(session.url, data={**GOOD, field: typed})

    assert answer.status_code == 422
    assert message in answer.text
    assert f'aria-describedby="{field}-error"' in answer.text
    assert sdk.checkout.sessions.retrieve(session.id).status == "open"


def test_what_was_typed_is_escaped_and_the_code_forgotten(session):
    answer = httpx.post(session.url, data={**GOOD, "name": '"><script>', "cvc": "99"})

    assert "&quot;&gt;&lt;script&gt;" in answer.text
    assert "<script" not in answer.text
    assert 'value="99"' not in answer.text


def test_sending_the_form_twice_saves_one_card(session, sdk, customer):
    httpx.post(session.url, data=GOOD)

    httpx.post(session.url, data=GOOD)

    assert len(sdk.payment_methods.list({"customer": customer.id}).data) == 1


def test_expired_session_takes_no_card(session, sdk, customer):
    sdk.checkout.sessions.expire(session.id)

    answer = httpx.post(session.url, data=GOOD)

    assert "expired" in answer.text
    assert sdk.payment_methods.list({"customer": customer.id}).data == []


def test_session_can_be_found_by_its_customer(session, sdk, customer):
    found = sdk.checkout.sessions.list({"customer": customer.id})

    assert [each.id for each in found.data] == [session.id]


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"currency": None}, "currency"),
        ({"mode": "payment"}, "mode"),
        ({"success_url": "javascript:alert(1)"}, "success_url"),
        ({"customer": "cus_unknown"}, "customer"),
        ({"setup_intent_data": {"bogus": "1"}}, "setup_intent_data[bogus]"),
    ],
)
def test_session_that_cannot_work_is_refused(sdk, customer, changes, param):
    wanted = {"mode": "setup", "currency": "usd", "success_url": "http://127.0.0.1/", **changes}

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk.checkout.sessions.create(wanted)

    assert refusal.value.param == param


def test_unknown_session_has_no_page(payments):
    assert httpx.get(f"{payments.url}/pay/cs_test_unknown").status_code == 404
