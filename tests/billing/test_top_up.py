"""Filling the balance from a card: charged once, whatever dies or is pressed twice."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from billing import invariants, payments, settling, topping_up
from billing.ledger import balance, wallet_balance
from billing.models import LedgerEntry, Payment, PaymentState, Pocket, TopUp
from notices.models import OutboxMail
from tenants.platform_settings import change_setting
from tests.billing.factories import add_card, answer_bank, break_calls, crashing, intents
from tests.conftest import NOON
from tests.purchase.factories import ada
from work.models import DueWork

pytestmark = pytest.mark.usefixtures("tenant")

AUTHENTICATED = "pm_card_authenticationRequired"
DECLINED = "pm_card_visa_chargeDeclined"
RETURN_URL = "http://acme.numberyard.localhost/billing/top-up/7/payment/"
BY_HTMX = {"hx-request": "true"}
SOON = NOON + timedelta(minutes=2)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def card(sandbox_payments):
    return add_card()


def place(card, amount=5000):
    offered = topping_up.offer(amount, currency="USD", card=card)
    return topping_up.place(offered, return_path="/billing/", actor=ada(), at=NOON)


def pay(top_up):
    return topping_up.pay(top_up, return_url=RETURN_URL, at=NOON)


def violations():
    return invariants.violations(at=NOON + timedelta(days=1))


def test_brings_the_amount_into_the_balance(card, sandbox_payments):
    payment = pay(place(card))

    assert payment.state == PaymentState.CAPTURED
    assert wallet_balance("USD") == 5000
    assert balance(Pocket.CARD, "USD") == -5000
    [intent] = intents(sandbox_payments)
    assert (intent["amount_received"], intent["status"]) == (5000, "succeeded")
    assert not DueWork.objects.exists()
    assert violations() == []


def test_receipt_goes_out_by_mail(card):
    pay(place(card))

    receipt = OutboxMail.objects.get()
    assert receipt.to == "ada@acme.example"
    assert receipt.subject == "Receipt for $50.00 in your balance"
    assert "Visa ending in 4242" in receipt.text


def test_statement_names_the_card(card):
    pay(place(card))

    entry = LedgerEntry.objects.get(account__pocket=Pocket.WALLET)
    assert entry.transaction.get_cause_kind_display() == "Topped up by card"
    assert entry.transaction.note == "Visa ending in 4242"
    assert entry.transaction.actor_name == "Ada"


def test_paying_again_changes_nothing(card, sandbox_payments):
    top_up = place(card)
    pay(top_up)

    pay(top_up)

    assert wallet_balance("USD") == 5000
    assert len(intents(sandbox_payments)) == 1


def test_declined_card_brings_nothing(sandbox_payments):
    payment = pay(place(add_card(DECLINED)))

    assert payment.state == PaymentState.DECLINED
    assert wallet_balance("USD") == 0
    assert violations() == []


@pytest.mark.parametrize(
    "fault", ["500_before", "500_after", "drop_before", "drop_after", "409", "429"]
)
@pytest.mark.parametrize("call", ["POST /v1/payment_intents", "/capture"])
def test_lost_answer_is_found_out_by_the_sweep(card, sandbox_payments, fault, call):
    break_calls(sandbox_payments, fault, match=call)
    pay(place(card))

    settling.settle_payments(at=SOON)
    settling.settle_payments(at=LATER)

    assert wallet_balance("USD") == 5000
    assert len(intents(sandbox_payments)) == 1
    assert violations() == []


@pytest.mark.parametrize(
    ("module", "point"),
    [
        (payments, "before_authorise"),
        (payments, "after_authorise"),
        (payments, "before_capture"),
        (payments, "after_capture"),
        (topping_up, "after_top_up_paid"),
    ],
)
def test_death_at_any_step_charges_once(card, sandbox_payments, module, point):
    top_up = place(card)
    with crashing(module, point):
        pay(top_up)

    settling.settle_payments(at=SOON)
    settling.settle_payments(at=LATER)

    assert wallet_balance("USD") == 5000
    assert len(intents(sandbox_payments)) == 1
    assert OutboxMail.objects.count() == 1
    assert not DueWork.objects.exists()


def test_buyer_who_never_comes_to_the_card_is_forgotten(card, sandbox_payments):
    place(card)

    settling.settle_payments(at=LATER)

    assert Payment.objects.get().state == PaymentState.VOIDED
    assert intents(sandbox_payments) == []


@pytest.fixture
def asked(sandbox_payments):
    """A top-up whose card wants its owner's word."""
    top_up = place(add_card(AUTHENTICATED))
    pay(top_up)
    return top_up


def test_confirmed_at_the_bank_it_comes_into_the_balance(asked):
    answer_bank(topping_up.payment_of(asked), "approve")

    payment = topping_up.look_again(asked, at=SOON)

    assert payment.state == PaymentState.CAPTURED
    assert wallet_balance("USD") == 5000


def test_confirmed_behind_a_closed_tab_it_is_charged_by_the_sweep(asked):
    answer_bank(topping_up.payment_of(asked), "approve")

    settling.settle_payments(at=SOON)

    assert wallet_balance("USD") == 5000


def test_refused_at_the_bank_it_brings_nothing(asked):
    answer_bank(topping_up.payment_of(asked), "refuse")

    payment = topping_up.look_again(asked, at=SOON)

    assert payment.state == PaymentState.DECLINED
    assert wallet_balance("USD") == 0


def test_left_at_the_bank_it_is_given_up(asked, sandbox_payments):
    settling.settle_payments(at=LATER)

    assert topping_up.payment_of(asked).state == PaymentState.VOIDED
    assert intents(sandbox_payments)[0]["status"] == "canceled"
    assert wallet_balance("USD") == 0


def test_top_up_that_everybody_forgot_is_found(asked):
    past = NOON - timedelta(days=400)
    Payment.objects.update(state="authorised", intent_id="pi_1", state_changed_at=past)
    DueWork.objects.all().delete()

    assert any("is still authorised" in violation for violation in violations())


def test_balance_that_no_payment_brought_is_found(card):
    pay(place(card))
    Payment.objects.update(captured=4999)

    assert any("4999 recorded, 5000 posted" in violation for violation in violations())


def offer_on(page):
    [offer] = re.findall(r'name="offer" value="([^"]+)"', page)
    return offer


def ask(client, card, amount="50", **query):
    return client.get("/billing/top-up/", {"amount": amount, "card": card.reference, **query})


def press(client, offer, *, htmx=False, **fields):
    return client.post(
        "/billing/top-up/pay/", {"offer": offer, **fields}, headers=BY_HTMX if htmx else {}
    )


def test_button_names_the_amount_and_the_card(admin, card):
    assert "Pay $50.00 with Visa ending in 4242" in ask(admin, card).text


def test_admin_tops_up_and_goes_back_to_where_the_money_was_wanted(admin, card):
    offer = offer_on(ask(admin, card, next="/checkout/").text)

    response = press(admin, offer, next="/checkout/", htmx=True)

    assert response.headers["HX-Redirect"] == "/checkout/"
    assert wallet_balance("USD") == 5000
    assert "$50.00 is in the balance" in admin.get("/billing/").text


def test_double_submit_charges_once(admin, card, sandbox_payments):
    offer = offer_on(ask(admin, card).text)

    first, second = press(admin, offer), press(admin, offer)

    assert first.url == second.url == "/billing/"
    assert TopUp.objects.count() == 1
    assert wallet_balance("USD") == 5000


def test_pressed_again_after_the_card_was_removed_it_shows_the_same_top_up(
    admin, card, sandbox_payments
):
    offer = offer_on(ask(admin, card).text)
    first = press(admin, offer)
    admin.post(f"/billing/cards/{card.reference}/remove/")

    assert press(admin, offer).url == first.url
    assert wallet_balance("USD") == 5000


def test_pressed_again_when_the_page_is_too_old_it_shows_the_same_top_up(admin, card):
    offer = offer_on(ask(admin, card).text)
    first = press(admin, offer)

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)):
        second = press(admin, offer)

    assert second.url == first.url
    assert wallet_balance("USD") == 5000


def test_old_offer_is_refused(admin, card):
    offer = offer_on(ask(admin, card).text)

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)):
        response = press(admin, offer)

    assert_refused(response, "This page was too old")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("9.99", "At once the balance takes $10.00 to $5,000.00."),
        ("5000.01", "At once the balance takes $10.00 to $5,000.00."),
        ("-50", "At once the balance takes $10.00 to $5,000.00."),
        ("fifty", "Type an amount in digits, such as 50 or 50.00."),
        ("", "Type the amount, such as 50 or 50.00."),
        ("50.005", "There is nothing smaller than $0.01"),
        ("NaN", "Type an amount in digits, such as 50 or 50.00."),
        ("9" * 40, "Ensure that there are no more than 12 digits in total."),
    ],
)
def test_amount_that_cannot_be_is_explained(admin, card, typed, words):
    response = ask(admin, card, amount=typed)

    assert response.status_code == 422
    assert words in response.text
    assert 'name="offer"' not in response.text
    assert not TopUp.objects.exists()


def test_bounds_are_settings(admin, card):
    change_setting("purchase.top_up_least.USD", 100)

    assert "Pay $1.00 with" in ask(admin, card, amount="1").text


def assert_refused(response, words):
    assert response.status_code == 422
    assert words in response.text
    assert "Nothing has been charged" in response.text
    assert not TopUp.objects.exists()


def test_tampered_amount_is_refused(admin, card):
    offer = offer_on(ask(admin, card).text)

    assert_refused(press(admin, f"x{offer}"), "its amount had been changed")


def test_offer_of_another_tenant_is_worth_nothing(admin, other_admin, card):
    offer = offer_on(ask(admin, card).text)

    response = press(other_admin, offer)

    assert_refused(response, "its amount had been changed")


def test_card_that_was_removed_meanwhile_is_refused(admin, card):
    offer = offer_on(ask(admin, card).text)
    admin.post(f"/billing/cards/{card.reference}/remove/")

    assert_refused(press(admin, offer), "no longer saved here")


def test_declined_card_is_explained(admin, sandbox_payments):
    offer = offer_on(ask(admin, add_card(DECLINED)).text)

    page = press(admin, offer)
    shown = admin.get(page.url).text

    assert "Nothing has been charged" in shown
    assert "The card was declined." in shown
    assert "Try again" in shown


def test_card_that_needs_authentication_leads_to_the_bank_and_back(admin, sandbox_payments):
    offer = offer_on(ask(admin, add_card(AUTHENTICATED)).text)

    to_bank = press(admin, offer, htmx=True)
    payment = Payment.objects.get()
    answer_bank(payment, "approve")
    back = admin.get(f"/billing/top-up/{payment.order}/payment/")
    on = admin.post(f"/billing/top-up/{payment.order}/confirm/", headers=BY_HTMX)

    assert to_bank.headers["HX-Redirect"] == payment.authentication_url
    assert f"/billing/top-up/{payment.order}/confirm/" in back.text
    assert on.headers["HX-Redirect"] == "/billing/"
    assert wallet_balance("USD") == 5000


def test_closed_half_way_it_still_links_to_the_bank(admin, sandbox_payments):
    offer = offer_on(ask(admin, add_card(AUTHENTICATED)).text)

    shown = admin.get(press(admin, offer).url).text

    assert "Continue to your bank" in shown
    assert "Nothing is charged before you confirm" in shown


def test_provider_that_is_down_leaves_it_open(admin, card, settings):
    offer = offer_on(ask(admin, card).text)
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"

    shown = admin.get(press(admin, offer).url).text

    assert "We keep asking, and nothing is charged twice" in shown
    assert 'hx-trigger="every 3s"' in shown


def test_without_a_card_one_is_added_first(admin):
    page = admin.get("/billing/top-up/").text

    assert "No card yet" in page
    assert 'name="return_path" value="/billing/top-up/?next=/billing/"' in page


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "\\\\evil.example"])
def test_nobody_is_led_to_another_site(admin, card, target):
    offer = offer_on(ask(admin, card).text)

    assert press(admin, offer, next=target).url == "/billing/"


def test_is_for_admins_alone(member, stranger):
    assert member.get("/billing/top-up/").status_code == 403
    assert member.post("/billing/top-up/pay/").status_code == 403
    assert stranger.get("/billing/top-up/").status_code == 302


def test_top_up_of_another_tenant_does_not_exist(asked, other_admin):
    for path in ("", "payment/"):
        assert other_admin.get(f"/billing/top-up/{asked.reference}/{path}").status_code == 404
    assert other_admin.post(f"/billing/top-up/{asked.reference}/confirm/").status_code == 404
