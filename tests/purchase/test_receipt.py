"""The receipt of an order: what came, its tax, who paid how, as a file."""

from datetime import date

import pytest
from django.template.loader import render_to_string

from listing import printing
from notices.models import OutboxMail
from purchase import settling
from purchase.receipts import receipt_of
from tests.billing.factories import add_card
from tests.purchase.factories import buy_ours, order_numbers, pay_by_card, stock_up, sweep, tax
from tests.stock.factories import make_number, make_price

FIRST, SECOND = "15015550100", "15015550101"


@pytest.fixture
def order(funds, tenant, at):
    """A taxed order, of which one number came."""
    tax(tenant)
    make_price(channel_price=80)
    return buy_ours([make_number(digits=FIRST, ours_since=at).digits], months=3, channels=3)


def written(order, at):
    return render_to_string("purchase/receipt.html", {"receipt": receipt_of(order), "at": at})


def test_lists_what_was_delivered_with_its_days(order):
    [each] = receipt_of(order).lines

    assert each.line.digits == FIRST
    assert (each.first_day, each.last_day) == (date(2026, 11, 22), date(2027, 2, 21))


def test_sums_up_net_tax_and_total(order):
    receipt = receipt_of(order)

    assert (receipt.net, receipt.vat_amount, receipt.total) == (700, 161, 861)
    assert [(one.percent, one.net, one.vat_amount) for one in receipt.taxed] == [(23, 700, 161)]


def test_what_was_not_delivered_is_not_on_it(funds, sandbox_carrier, at):
    order = order_numbers([*stock_up(), *stock_up("0114")])

    sweep(at=at)

    assert receipt_of(order).total == 220


def test_names_both_companies_and_their_tax_numbers(order, tenant, at, settings):
    settings.SELLER_NAME = "Numberyard Limited"
    settings.SELLER_ADDRESS = "1 Quay, Dublin"
    settings.SELLER_VAT_NUMBER = "IE6388047V"
    tenant.name = "Renamed"
    tenant.save()

    page = written(order, at)

    for words in ["Numberyard Limited", "1 Quay, Dublin", "IE6388047V", "Acme Telecom", "Ireland"]:
        assert words in page
    assert "Renamed" not in page
    assert "VAT 23 % on $7.00" in page
    assert "VAT 23 % (Ireland)" in page
    assert "Paid from the balance." in page


def test_says_whether_the_card_was_charged_yet(sandbox_payments, tenant, at):
    make_price()
    order = order_numbers([make_number(ours_since=at).digits], card=add_card())
    pay_by_card(order, at=at)
    settling.settle_lines(at=at)
    before = written(order, at)

    sweep(at=at)

    assert "Held on Visa ending in 4242, and charged when the order is complete." in before
    assert "Paid with Visa ending in 4242." in written(order, at)


def test_is_a_file_that_nobody_keeps(member, order):
    response = member.get(f"/orders/{order.reference}/receipt/")

    assert response.content.startswith(b"%PDF-")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="receipt-2026-')
    assert response.headers["Cache-Control"] == "no-store"


def test_is_linked_on_the_page_and_in_the_mail(member, order):
    path = f"/orders/{order.reference}/receipt/"

    assert path in member.get(f"/orders/{order.reference}/").text
    assert path in OutboxMail.objects.get(key__contains="order-receipt").text


def test_there_is_none_before_something_was_delivered(member, funds, tenant):
    make_price()
    order = order_numbers([make_number(digits=SECOND).digits])

    assert member.get(f"/orders/{order.reference}/receipt/").status_code == 404
    assert "/receipt/" not in member.get(f"/orders/{order.reference}/").text


def test_machine_without_a_printer_says_what_it_lacks(member, order, monkeypatch):
    monkeypatch.setattr(printing, "PRINTER", ["-c", f"exit({printing.WITHOUT_PANGO})"])

    response = member.get(f"/orders/{order.reference}/receipt/")

    assert response.status_code == 503
    assert "apt-get install libpango-1.0-0" in response.text


def test_receipt_of_another_tenant_does_not_exist(other_admin, order):
    assert other_admin.get(f"/orders/{order.reference}/receipt/").status_code == 404
