"""What a country asks is shown, agreed to before paying, and kept as it was."""

import re

import pytest
from django.db import IntegrityError, connection, transaction

from billing.ledger import wallet_balance
from notices.models import OutboxMail
from purchase import settling
from purchase.models import Agreement, LineState, Order, OrderLine
from purchase.ordering import NotAgreed
from stock.models import Holding, HoldingState, Requirement, StockState
from stock.requirements import describe
from tests.purchase.factories import (
    PRICE,
    ask,
    buy_ours,
    fill_cart,
    fill_wallet,
    hand_over,
    line_of,
    number,
    order_numbers,
    place,
    quote_cart,
    violations,
)
from tests.stock.factories import make_number, make_price, make_sku

FIRST = "15015550100"


@pytest.fixture
def for_sale(funds, tenant, at):
    make_price()
    return make_number(digits=FIRST, ours_since=at).digits


def test_nothing_asked_needs_no_agreement(for_sale):
    fill_cart([for_sale])

    place(quote_cart(), has_agreed=False)

    assert not Agreement.objects.exists()


def test_what_is_asked_must_be_agreed_to(for_sale):
    ask()
    fill_cart([for_sale])

    with pytest.raises(NotAgreed), transaction.atomic():
        place(quote_cart(), has_agreed=False)

    assert not Order.objects.exists()
    assert wallet_balance("USD") == 10_000


def test_agreement_is_kept_with_its_words(for_sale, at):
    asked = ask()

    order = order_numbers([for_sale])
    ask(notes="Something else.")

    agreement = Agreement.objects.get(order=order)
    assert (agreement.requirement, agreement.version) == (asked.reference, 1)
    assert (agreement.country, agreement.number_type) == ("US", "geographic")
    assert (agreement.actor_name, agreement.agreed_at) == ("Ada", at)
    assert agreement.text == describe(asked).text
    assert "Kept for ten years." in agreement.text


def test_each_kind_is_agreed_to_once(for_sale, at):
    sku = make_sku(code="CA-GEO", country="CA")
    make_price(sku=sku)
    others = [
        make_number(digits=f"1416555010{n}", country="CA", sku=sku, ours_since=at).digits
        for n in range(2)
    ]
    ask()
    ask(country="CA")
    ask(country="DE")

    order = order_numbers([for_sale, *others])

    assert sorted(order.agreements.values_list("country", flat=True)) == ["CA", "US"]


def test_agreement_is_never_changed(for_sale):
    ask()
    order_numbers([for_sale])

    with (
        pytest.raises(Exception, match=r"append-only|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("update purchase_agreement set text = 'I agree to everything.'")


def test_kind_is_agreed_to_once_by_constraint(for_sale, at):
    ask()
    order = order_numbers([for_sale])
    again = Agreement.objects.get()
    again.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)

    assert order.agreements.count() == 1


def test_number_that_needs_registration_awaits_it_and_is_paid(for_sale):
    ask(needs_registration=True)

    order = buy_ours([for_sale])

    line = line_of(order)
    holding = Holding.objects.get(reference=line.holding)
    assert (line.state, line.needs_registration) == (LineState.DELIVERED, True)
    assert holding.state == HoldingState.AWAITING_REGISTRATION
    assert holding.paid_until is not None
    assert number(FIRST).state == StockState.ASSIGNED
    assert wallet_balance("USD") == 10_000 - PRICE
    assert violations() == []


def test_rules_of_the_order_count_and_no_later_ones(for_sale, at):
    ask()
    fill_cart([for_sale])
    order = place(quote_cart())
    ask(needs_registration=True)

    settling.settle_lines(at=at)

    assert Holding.objects.get(reference=line_of(order).holding).state == HoldingState.ACTIVE


def test_registration_that_nobody_agreed_to_is_found(for_sale):
    order_numbers([for_sale])
    OrderLine.objects.update(needs_registration=True)

    assert violations() == ["A line that needs registration without an agreement: 15015550100"]


def test_registration_of_which_only_another_kind_was_agreed_to_is_found(for_sale, at):
    sku = make_sku(code="CA-GEO", country="CA")
    make_price(sku=sku)
    canadian = make_number(digits="14165550100", country="CA", sku=sku, ours_since=at).digits
    ask(country="CA", needs_registration=True)
    order_numbers([for_sale, canadian])
    assert violations() == []
    OrderLine.objects.update(needs_registration=True)

    assert violations() == ["A line that needs registration without an agreement: 15015550100"]


def test_mails_repeat_what_was_agreed_to(for_sale):
    ask(needs_registration=True)

    buy_ours([for_sale])

    confirmed, receipt = OutboxMail.objects.order_by("id")
    assert "Document: Extract of the register" in confirmed.text
    assert "working once the registration has been approved" in receipt.text
    assert "+1 501-555-0100" in receipt.text


@pytest.fixture
def asked(admin):
    """Ada's cart with a number of a kind that something is asked for."""
    make_price()
    make_number(digits=FIRST, ours_since="2026-01-01T00:00:00Z")
    fill_wallet()
    admin.post("/cart/add/", {"number": FIRST})
    return ask(notes="<b>Bold</b> & ten years.", needs_registration=True, is_sample=True)


def quote_on(page):
    [quote] = re.findall(r'name="quote" value="([^"]+)"', page)
    return quote


def press(client, **fields):
    quote = quote_on(client.get("/checkout/").text)
    return client.post("/checkout/order/", {"quote": quote, "pay_by": "balance", **fields})


def test_cart_and_checkout_show_what_is_asked(admin, asked):
    for path in ("/cart/", "/checkout/"):
        page = admin.get(path).text
        assert "United States, geographic" in page
        assert "Extract of the register" in page
        assert "Needs registration" in page
        assert "Sample: to be checked by compliance" in page
        assert "&lt;b&gt;Bold&lt;/b&gt; &amp; ten years." in page


def test_checkout_has_a_box_to_tick(admin, asked):
    assert re.search(r'name="agreed"[^>]* required', admin.get("/checkout/").text)


def test_checkout_without_requirements_has_no_box(admin, asked, at):
    Requirement.objects.update(superseded_at=at)

    assert 'name="agreed"' not in admin.get("/checkout/").text


def test_button_without_the_box_is_refused_by_the_server(admin, asked):
    response = press(admin)

    assert response.status_code == 422
    assert "tick that you agree" in response.text
    assert not OrderLine.objects.exists()


def test_button_with_the_box_orders(admin, asked):
    response = press(admin, agreed="on")
    hand_over()

    page = admin.get(response.url).text
    assert "1 number awaiting registration" in page
    assert "Awaiting registration" in page
    assert "What was agreed to" in page
    assert "Document: Extract of the register" in page


def test_order_page_no_longer_waits_once_the_registration_is_approved(admin, asked, at):
    order_page = press(admin, agreed="on").url
    hand_over()
    holding = Holding.objects.get()
    holding.move_to(HoldingState.ACTIVE, at=at)

    assert "awaiting registration" not in admin.get(order_page).text


def test_text_that_changed_between_cart_and_checkout_is_read_anew(admin, asked):
    quote = quote_on(admin.get("/checkout/").text)
    ask(notes="Now for twelve years.")

    response = admin.post("/checkout/order/", {"quote": quote, "pay_by": "balance", "agreed": "on"})

    assert response.status_code == 422
    assert "What is asked for these numbers has changed" in response.text
    assert "Now for twelve years." in response.text
    assert not OrderLine.objects.exists()
    assert wallet_balance("USD") == 10_000
