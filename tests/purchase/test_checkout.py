"""Paying in the browser: every way it may go wrong says so, and changes nothing."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from billing.ledger import wallet_balance
from billing.models import Payment
from billing.settling import settle_payments
from lifecycle.clock import database_time
from purchase import cart
from purchase.models import CartLine, LineState, Order, OrderLine
from stock.models import ReservedBecause, VatRate
from tenants.models import Tenant
from tenants.platform_settings import change_setting
from tests.billing.factories import add_card, answer_bank, intents
from tests.purchase.factories import (
    LATER,
    PRICE,
    fill_wallet,
    hand_over,
    number,
    order_numbers,
    pay_by_card,
    stock_up,
    sweep,
    tax,
)
from tests.stock.factories import make_number, make_price

FIRST, SECOND = "15015550100", "15015550101"
AUTHENTICATED = "pm_card_authenticationRequired"
DECLINED = "pm_card_visa_chargeDeclined"
BY_HTMX = {"hx-request": "true"}


@pytest.fixture
def filled(admin):
    """Ada's cart with one number, which is ours already: no carrier is asked for it."""
    make_price()
    make_number(digits=FIRST, ours_since="2026-01-01T00:00:00Z")
    admin.post("/cart/add/", {"number": FIRST})


@pytest.fixture
def card(admin, sandbox_payments):
    return add_card()


def quote_on(page):
    [quote] = re.findall(r'name="quote" value="([^"]+)"', page)
    return quote


def pay(client, pay_by="balance", *, quote=None, htmx=False):
    quote = quote or quote_on(client.get("/checkout/").text)
    return client.post(
        "/checkout/order/",
        {"quote": quote, "pay_by": str(pay_by)},
        headers=BY_HTMX if htmx else {},
    )


def assert_refused(response, words):
    assert response.status_code == 422
    assert words in response.text.replace("&#x27;", "'")
    assert "Nothing has been charged" in response.text
    assert not OrderLine.objects.exclude(state=LineState.CANCELLED).exists()


def test_button_names_the_amount_and_who_pays(admin, filled, card):
    fill_wallet()

    page = admin.get("/checkout/").text

    assert "Pay $2.20 with Visa ending in 4242" in page
    assert "Pay $2.20 from the balance" in page
    assert "The balance is $100.00." in page


def test_balance_pays(admin, filled):
    fill_wallet()

    response = pay(admin)
    hand_over()

    order = Order.objects.get()
    assert response.url == f"/orders/{order.reference}/"
    assert order.lines.get().state == LineState.DELIVERED
    assert wallet_balance("USD") == 10_000 - PRICE
    assert not CartLine.objects.exists()


def test_saved_card_pays(admin, filled, card, sandbox_payments):
    response = pay(admin, card.reference, htmx=True)

    order = Order.objects.get()
    assert response.headers["HX-Redirect"] == f"/orders/{order.reference}/"
    assert order.card_name == "Visa ending in 4242"
    [intent] = intents(sandbox_payments)
    assert (intent["amount"], intent["status"]) == (PRICE, "requires_capture")


def test_double_submit_shows_the_same_order(admin, filled):
    fill_wallet()
    quote = quote_on(admin.get("/checkout/").text)

    first, second = pay(admin, quote=quote), pay(admin, quote=quote)

    assert first.url == second.url
    assert Order.objects.count() == 1
    assert wallet_balance("USD") == 10_000 - PRICE


def test_second_press_with_another_choice_shows_the_order_of_the_first(admin, filled, card):
    fill_wallet()
    quote = quote_on(admin.get("/checkout/").text)

    first, second = pay(admin, quote=quote), pay(admin, card.reference, quote=quote)

    assert first.url == second.url
    assert not Payment.objects.exists()


def test_pressed_again_after_the_card_was_removed_it_shows_the_same_order(
    admin, filled, card, sandbox_payments
):
    quote = quote_on(admin.get("/checkout/").text)
    first = pay(admin, card.reference, quote=quote)
    admin.post(f"/billing/cards/{card.reference}/remove/")

    second = pay(admin, card.reference, quote=quote)

    assert first.url == second.url
    assert len(intents(sandbox_payments)) == 1


def test_pressed_again_when_the_page_is_too_old_it_shows_the_same_order(
    admin, filled, clock_running_ahead
):
    fill_wallet()
    quote = quote_on(admin.get("/checkout/").text)
    first = pay(admin, quote=quote)

    with clock_running_ahead(timedelta(hours=2)):
        second = pay(admin, quote=quote)

    assert first.url == second.url
    assert wallet_balance("USD") == 10_000 - PRICE


def test_pressed_again_after_nothing_came_it_shows_the_same_order(
    admin, sandbox_payments, sandbox_carrier, tenant
):
    admin.post("/cart/add/", {"number": stock_up("0114")})
    card, quote = add_card(), quote_on(admin.get("/checkout/").text)
    first = pay(admin, card.reference, quote=quote)
    sweep(at=database_time())
    sweep(at=database_time() + timedelta(minutes=1))
    assert Payment.objects.get().state == "voided"

    second = pay(admin, card.reference, quote=quote)

    assert second.url == first.url


def test_tampered_price_is_refused(admin, filled):
    fill_wallet()
    quote = quote_on(admin.get("/checkout/").text)

    assert_refused(pay(admin, quote=f"x{quote}"), "its total had been changed")


def test_price_that_has_changed_is_refused_with_the_new_total(admin, filled):
    fill_wallet()
    quote = quote_on(admin.get("/checkout/").text)
    make_price(monthly_price=250)

    response = pay(admin, quote=quote)

    assert_refused(response, "A price has changed")
    assert "Pay $3.50" in response.text


def test_period_that_changed_in_another_window_is_refused_with_the_new_total(admin, filled):
    fill_wallet()
    quote = quote_on(admin.get("/checkout/").text)
    admin.post("/cart/change/", {"number": FIRST, "months": "12", "channels": "2"})

    response = pay(admin, quote=quote)

    assert_refused(response, "Periods or channels in the cart have changed")
    assert "Pay $15.40" in response.text


def test_tax_that_has_changed_is_refused_with_the_new_total(admin, filled, tenant):
    fill_wallet()
    quote = quote_on(admin.get("/checkout/").text)
    tax(tenant)

    response = pay(admin, quote=quote)

    assert_refused(response, "The VAT has changed since this page was shown (now: VAT 23 %")
    assert "Pay $2.71" in response.text


def test_vat_number_that_was_typed_in_between_is_refused_with_its_words(admin, filled, tenant):
    fill_wallet()
    tax(tenant)
    VatRate.objects.create(country="DE", percent=19, valid=DateRange(date(2020, 1, 1), None))
    Tenant.objects.update(country="DE")
    quote = quote_on(admin.get("/checkout/").text)
    Tenant.objects.update(vat_number="DE129273398")

    response = pay(admin, quote=quote)

    assert_refused(response, "Reverse charge")
    assert "Pay $2.20" in response.text


def test_minute_that_has_another_price_is_refused(admin, filled):
    fill_wallet()
    quote = quote_on(admin.get("/checkout/").text)
    make_price(inbound_minute_rate="0.5")

    assert_refused(pay(admin, quote=quote), "A price has changed")


def test_number_that_is_no_longer_sold_is_refused(admin, filled):
    fill_wallet()
    quote = quote_on(admin.get("/checkout/").text)
    make_price(monthly_price=1)

    assert_refused(pay(admin, quote=quote), "A price has changed")


def test_hold_that_ends_at_the_moment_of_paying_is_refused(admin, filled, clock_running_ahead):
    fill_wallet()
    quote = quote_on(admin.get("/checkout/").text)

    with clock_running_ahead(timedelta(minutes=15)):
        response = pay(admin, quote=quote)

    assert_refused(response, "no longer held for you")
    assert wallet_balance("USD") == 10_000


def test_rate_that_is_missing_is_refused_with_words(admin, filled, tenant):
    fill_wallet()
    tax(tenant)
    quote = quote_on(admin.get("/checkout/").text)
    VatRate.objects.all().delete()

    assert_refused(pay(admin, quote=quote), "No VAT rate is on record")


def test_new_total_can_be_paid(admin, filled):
    fill_wallet()
    quote = quote_on(admin.get("/checkout/").text)
    make_price(monthly_price=250)
    refused = pay(admin, quote=quote, htmx=True)

    pay(admin, quote=quote_on(refused.text))

    assert Order.objects.get().amount == 350


def test_quote_of_another_tenant_is_worth_nothing(admin, other_admin, filled):
    fill_wallet()
    make_number(digits=SECOND)
    other_admin.post("/cart/add/", {"number": SECOND})
    theirs = quote_on(other_admin.get("/checkout/").text)

    assert_refused(pay(admin, quote=theirs), "its total had been changed")


def test_hold_that_has_ended_is_refused(admin, filled, tenant, at):
    fill_wallet()
    quote = quote_on(admin.get("/checkout/").text)
    cart.remove(FIRST, tenant=tenant, at=at)

    response = pay(admin, quote=quote)

    assert_refused(response, "no longer held for you")
    assert "Nothing is held for you any more" in response.text


def test_balance_too_low_is_explained(admin, filled):
    fill_wallet(100)

    response = pay(admin)

    assert_refused(
        response,
        "Paying from the balance needs $50.00 in it before the order, and your balance is $1.00.",
    )
    assert number(FIRST).reason == ReservedBecause.CART


def test_least_balance_is_asked_for_before_any_order(admin, filled):
    fill_wallet(4999)

    page = admin.get("/checkout/").text

    assert "Paying from the balance needs $50.00 in it before the order" in page
    assert "from the balance</" not in page
    assert "/billing/top-up/?next=/checkout/" in page
    assert_refused(pay(admin), "your balance is $49.99")


def test_least_balance_is_a_setting_per_currency(admin, filled):
    change_setting("purchase.least_balance.USD", 220)
    fill_wallet(220)

    assert pay(admin).status_code == 302
    assert wallet_balance("USD") == 0


def test_order_above_the_least_balance_needs_its_own_total(admin, filled):
    fill_wallet(6000)
    make_price(monthly_price=9900)

    assert_refused(pay(admin), "This order needs $100.00, and your balance is $60.00.")


def test_balance_used_up_in_another_window_is_explained(admin, filled):
    fill_wallet(5000)
    first = quote_on(admin.get("/checkout/").text)
    admin.post("/cart/remove/", {"number": FIRST})
    make_number(digits=SECOND, ours_since="2026-01-01T00:00:00Z")
    admin.post("/cart/add/", {"number": SECOND})
    second = quote_on(admin.get("/checkout/").text)
    admin.post("/cart/add/", {"number": FIRST})
    pay(admin, quote=first)

    response = pay(admin, quote=second)

    assert response.status_code == 422
    assert "your balance is $47.80. Top it up or pay by card." in response.text
    assert Order.objects.count() == 1
    assert number(SECOND).reason == ReservedBecause.CART


def test_least_balance_is_not_asked_of_a_card(admin, filled, card):
    assert pay(admin, card.reference).status_code == 302
    assert Order.objects.get().pay_by == "card"


def test_declined_card_is_explained_and_the_cart_kept(admin, filled, sandbox_payments):
    card = add_card(DECLINED)

    response = pay(admin, card.reference, htmx=True)

    assert_refused(response, "Your numbers are still held for you.")
    assert "Visa ending in" in response.text
    assert number(FIRST).reason == ReservedBecause.CART
    assert 'id="checkout"' in response.text


def test_other_way_to_pay_works_after_a_declined_card(admin, filled, sandbox_payments):
    fill_wallet()
    refused = pay(admin, add_card(DECLINED).reference, htmx=True)

    response = pay(admin, quote=quote_on(refused.text))

    assert response.status_code == 302
    assert wallet_balance("USD") == 10_000 - PRICE


def test_card_that_needs_authentication_leads_to_the_bank(admin, filled, sandbox_payments):
    response = pay(admin, add_card(AUTHENTICATED).reference, htmx=True)

    assert response.headers["HX-Redirect"] == Payment.objects.get().authentication_url


def test_without_scripts_the_order_page_links_to_the_bank(admin, filled, sandbox_payments):
    response = pay(admin, add_card(AUTHENTICATED).reference)

    page = admin.get(response.url).text
    assert "Continue to your bank" in page
    assert Payment.objects.get().authentication_url.replace("&", "&amp;") in page


def test_approved_authentication_leads_to_the_order(admin, filled, sandbox_payments):
    pay(admin, add_card(AUTHENTICATED).reference, htmx=True)
    order = Order.objects.get()
    answer_bank(Payment.objects.get(), "approve")

    back = admin.get(f"/orders/{order.reference}/payment/")
    response = admin.post(f"/orders/{order.reference}/confirm/", headers=BY_HTMX)
    hand_over()

    assert f"/orders/{order.reference}/confirm/" in back.text
    assert response.headers["HX-Redirect"] == f"/orders/{order.reference}/"
    assert order.lines.get().state == LineState.DELIVERED


def test_refused_authentication_leads_back_to_the_checkout(admin, filled, sandbox_payments):
    pay(admin, add_card(AUTHENTICATED).reference, htmx=True)
    order = Order.objects.get()
    answer_bank(Payment.objects.get(), "refuse")

    response = admin.post(f"/orders/{order.reference}/confirm/", headers=BY_HTMX)

    assert response.headers["HX-Redirect"] == "/checkout/"
    page = admin.get("/checkout/").text
    assert "Your numbers are still held for you." in page
    assert "+1 501-555-0100" in page
    assert order.lines.get().state == LineState.CANCELLED


def test_buyer_who_left_the_bank_finds_the_order_in_the_cart(admin, filled, sandbox_payments):
    pay(admin, add_card(AUTHENTICATED).reference, htmx=True)
    make_number(digits=SECOND)

    cart_page = admin.get("/cart/").text
    admin.post("/cart/add/", {"number": SECOND})
    checkout = admin.get("/checkout/").text

    order_link = f'href="/orders/{Order.objects.get().reference}/"'
    assert "An order waits for your bank" in cart_page
    assert order_link in cart_page
    assert "An order waits for your bank" in checkout
    assert order_link in checkout


def test_order_that_is_confirmed_waits_for_nobody(admin, filled, sandbox_payments):
    pay(admin, add_card(AUTHENTICATED).reference, htmx=True)
    answer_bank(Payment.objects.get(), "approve")
    admin.post(f"/orders/{Order.objects.get().reference}/confirm/", headers=BY_HTMX)

    assert "waits for your bank" not in admin.get("/cart/").text


def test_refusal_heard_of_late_does_not_say_that_numbers_are_held(
    admin, filled, sandbox_payments, clock_running_ahead
):
    pay(admin, add_card(AUTHENTICATED).reference, htmx=True)
    order = Order.objects.get()
    answer_bank(Payment.objects.get(), "refuse")
    admin.post(f"/orders/{order.reference}/confirm/", headers=BY_HTMX)
    admin.get("/checkout/")

    with clock_running_ahead(timedelta(minutes=40)):
        admin.post(f"/orders/{order.reference}/confirm/", headers=BY_HTMX)
        page = admin.get("/cart/").text

    assert "Visa ending in" in page
    assert "still held for you" not in page


def test_authentication_that_came_to_nothing_in_time_says_that_the_order_has_ended(
    admin, filled, sandbox_payments
):
    pay(admin, add_card(AUTHENTICATED).reference, htmx=True)
    order = Order.objects.get()
    settle_payments(at=order.placed_at + timedelta(hours=1))

    admin.post(f"/orders/{order.reference}/confirm/", headers=BY_HTMX)

    assert "its order has ended" in admin.get("/cart/").text
    assert order.lines.get().state == LineState.CANCELLED


def test_unknown_card_is_refused(admin, filled):
    assert_refused(pay(admin, uuid4()), "no longer saved here")


def test_new_card_is_added_on_the_providers_page(admin, filled, sandbox_payments):
    response = admin.post("/checkout/card/", headers=BY_HTMX)

    assert response.headers["HX-Redirect"].startswith(sandbox_payments.url)


def test_what_is_held_stays_so_while_a_card_is_added(
    admin, filled, sandbox_payments, clock_running_ahead
):
    with clock_running_ahead(timedelta(minutes=10)):
        admin.post("/checkout/card/", headers=BY_HTMX)

    with clock_running_ahead(timedelta(minutes=20)):
        page = admin.get("/checkout/")

    assert [entry.digits for entry in page.context["cart"].held] == [FIRST]


def test_without_scripts_a_link_leads_to_the_providers_page(admin, filled, sandbox_payments):
    page = admin.post("/checkout/card/").text

    assert "Continue to the payment provider" in page
    assert sandbox_payments.url in page


def test_provider_that_is_down_is_explained(admin, filled, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"

    response = admin.post("/checkout/card/", headers=BY_HTMX)

    assert_refused(response, "cannot be reached just now")


def test_empty_cart_leads_back(admin):
    assert admin.get("/checkout/").url == "/cart/"


@pytest.mark.parametrize("path", ["/checkout/order/", "/checkout/card/"])
def test_member_may_not_pay(member, path):
    assert member.post(path).status_code == 403


def test_member_may_not_open_the_checkout(member):
    assert member.get("/checkout/").status_code == 403


def test_order_of_another_tenant_does_not_exist(funds, admin, other_admin, at):
    make_price()
    order = order_numbers([make_number(digits=FIRST).digits], at=at)

    for path in ("", "progress/", "payment/"):
        assert other_admin.get(f"/orders/{order.reference}/{path}").status_code == 404
    assert other_admin.post(f"/orders/{order.reference}/confirm/").status_code == 404


def test_old_quote_is_refused(admin, filled, clock_running_ahead):
    fill_wallet()
    quote = quote_on(admin.get("/checkout/").text)

    with clock_running_ahead(timedelta(hours=2)):
        response = pay(admin, quote=quote)

    assert_refused(response, "This page was too old")


def test_paying_again_changes_nothing(admin, filled, card, sandbox_payments, at):
    pay(admin, card.reference)

    pay_by_card(Order.objects.get(), at=at + LATER)

    assert len(intents(sandbox_payments)) == 1
