"""Value-added tax on what is bought: shown, held, posted, given back, to the cent."""

from datetime import timedelta

import pytest

from billing import settling as billing_settling
from billing.ledger import balance, wallet_balance
from billing.models import BillingPeriod, LedgerTransaction, Payment, Pocket
from carriers.models import Operation
from carriers.progress import Progress
from notices.models import OutboxMail
from purchase import settling
from purchase.models import LineState, OrderLine
from stock.models import VatRate
from tests.billing.factories import add_card
from tests.purchase.factories import (
    buy_ours,
    fill_cart,
    fill_wallet,
    line_of,
    order_numbers,
    pay_by_card,
    quote_cart,
    states_of,
    stock_up,
    sweep,
    tax,
    violations,
)
from tests.stock.factories import make_number, make_price

FIRST = "15015550100"
# Setup 1.00 and a month 1.20, with 23 % of 2.20: 0.506.
NET, VAT = 220, 51
GROSS = NET + VAT
SOON = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def taxed(tenant):
    tax(tenant)
    fill_wallet()


@pytest.fixture
def card(tenant, sandbox_payments):
    tax(tenant)
    return add_card()


def pockets():
    return {pocket.value: balance(pocket, "USD") for pocket in Pocket}


def buy_own(at, count=1, **changes):
    """Order numbers of the platform's own, which come without a carrier."""
    make_price()
    digits = [make_number(digits=f"1501555010{n}", ours_since=at).digits for n in range(count)]
    return buy_ours(digits, at=at, **changes)


def test_quote_names_the_tax_of_each_line(taxed, tenant, at):
    make_price()
    fill_cart([make_number(digits=FIRST).digits])

    quote = quote_cart()

    assert (quote.terms[FIRST].net, quote.terms[FIRST].vat_amount) == (NET, VAT)
    assert quote.amount == GROSS
    assert quote.vat.note == "VAT 23 % (Ireland)"


def test_line_freezes_rate_and_tax(taxed, tenant, at):
    order = buy_own(at)
    tax(tenant, "50")

    line = line_of(order)
    assert (line.vat_percent, line.vat_amount, line.price) == (23, VAT, GROSS)
    assert order.vat_note == "VAT 23 % (Ireland)"
    assert (order.billed_name, order.billed_country) == ("Acme Telecom", "IE")


def test_tax_is_rounded_for_each_line(taxed, at):
    order = buy_own(at, count=3)

    assert order.amount == 3 * GROSS
    assert balance(Pocket.VAT, "USD") == 3 * VAT


def test_delivery_from_the_balance_posts_what_is_ours_and_what_is_not(taxed, at):
    buy_own(at)

    assert (
        pockets() | {"wallet": 10_000 - GROSS, "held": 0, "revenue": NET, "vat": VAT} == pockets()
    )
    assert violations() == []


def test_period_has_its_net_price(taxed, at):
    buy_own(at, months=12, channels=3)

    period = BillingPeriod.objects.get()
    assert (period.months, period.price) == (12, 12 * 120)


def test_partly_delivered_order_gives_back_what_did_not_come(taxed, sandbox_carrier, at):
    order = order_numbers([*stock_up(count=2), *stock_up("0114")], months=3)
    price = 100 + 360 + 106
    assert wallet_balance("USD") == 10_000 - 3 * price

    sweep(at=at)

    assert states_of(order) == ["delivered", "delivered", "refused"]
    assert (
        pockets()
        | {
            "wallet": 10_000 - 2 * price,
            "held": 0,
            "revenue": 2 * 460,
            "vat": 2 * 106,
        }
        == pockets()
    )
    assert violations() == []


def test_order_of_which_nothing_came_gives_everything_back(taxed, sandbox_carrier, at):
    order_numbers(stock_up("0114"))

    sweep(at=at)

    assert pockets() == {
        "wallet": 10_000,
        "held": 0,
        "owed": 0,
        "card": 0,
        "bank": -10_000,
        "revenue": 0,
        "vat": 0,
    }


def test_card_is_charged_with_tax_for_what_came(card, sandbox_carrier, sandbox_payments, at):
    order = order_numbers([*stock_up(), *stock_up("0114")], card=card)
    pay_by_card(order, at=at)

    sweep(at=at)
    sweep(at=at + SOON)

    assert Payment.objects.get().captured == GROSS
    assert pockets() | {"owed": 0, "card": -GROSS, "revenue": NET, "vat": VAT} == pockets()
    assert violations() == []


def test_line_refused_after_the_charge_is_refunded_with_its_tax(
    card, sandbox_carrier, sandbox_payments, at
):
    order = order_numbers([*stock_up(), *stock_up("0116")], card=card)
    pay_by_card(order, at=at)
    sweep(at=at)
    sweep(at=at + HOUR)
    line = order.lines.get(state=LineState.PENDING)
    operation = Operation.objects.get(reference=line.reference)
    settling.end_line(line, operation, Progress("refused", reason="No."), at=at + HOUR)

    for minutes in (1, 20, 40):
        sweep(at=at + HOUR + timedelta(minutes=minutes))
        billing_settling.settle_payments(at=at + HOUR + timedelta(minutes=minutes))

    payment = Payment.objects.get()
    assert (payment.captured, payment.refunded) == (2 * GROSS, GROSS)
    assert pockets() | {"owed": 0, "card": -GROSS, "revenue": NET, "vat": VAT} == pockets()
    [told] = sandbox_payments.get("/sandbox/truth")["refunds"]
    assert told["amount"] == GROSS
    assert violations() == []


def test_tax_that_was_posted_wrongly_is_found(taxed, at):
    buy_own(at)
    OrderLine.objects.update(vat_amount=VAT + 1)

    assert any("posted otherwise than agreed" in violation for violation in violations())


def test_reverse_charge_bears_no_tax_and_says_why(taxed, tenant, at):
    tenant.country, tenant.vat_number = "DE", "DE129273398"
    tenant.save()

    order = buy_own(at)

    assert line_of(order).vat_amount == 0
    assert "Reverse charge" in order.vat_note
    assert order.billed_vat_number == "DE129273398"


def test_mails_name_the_tax(taxed, at):
    buy_own(at)

    confirmed, receipt = OutboxMail.objects.order_by("id")
    assert "Total $2.71, of which VAT $0.51." in confirmed.text
    assert "VAT 23 % (Ireland)" in confirmed.text
    assert "to the balance: $2.71, of which VAT $0.51." in receipt.text


def test_free_line_posts_nothing(taxed, at):
    make_price(setup_price=0, monthly_price=0, below_cost_because="A present")

    buy_ours([make_number(digits=FIRST, ours_since=at).digits])

    assert LedgerTransaction.objects.count() == 1
    assert violations() == []


@pytest.fixture
def filled(admin, tenant):
    tax(tenant)
    fill_wallet()
    make_price()
    make_number(digits=FIRST, ours_since="2026-01-01T00:00:00Z")
    admin.post("/cart/add/", {"number": FIRST})


def test_cart_and_checkout_explain_the_tax(admin, filled):
    for path in ("/cart/", "/checkout/"):
        page = admin.get(path).text
        assert "VAT 23 % (Ireland)" in page
        assert "$0.51" in page
        assert "$2.71" in page


def test_missing_rate_stops_the_sale_with_words(admin, filled):
    VatRate.objects.all().delete()

    page = admin.get("/cart/").text

    assert "Nothing can be bought at present" in page
    assert "No VAT rate is on record" in page
    assert admin.get("/checkout/").url == "/cart/"
