"""A tenant's orders on the platform's host: the carrier's side, the payment and the ledger."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django_tenants.utils import schema_context, tenant_context

from billing import topping_up
from billing.models import Payment
from carriers.models import Operation
from tenants.platform_settings import change_setting
from tests.billing.factories import add_card
from tests.conftest import NOON
from tests.purchase.factories import (
    ada,
    buy_ours,
    fill_wallet,
    line_of,
    order_numbers,
    pay_by_card,
    stock_up,
    sweep,
)
from tests.stock.factories import make_number, make_price

FIRST = "15015550100"


@pytest.fixture
def order(tenant):
    """An order of Acme's for one number of the platform's own, which is not the free one."""
    change_setting("purchase.free_number", 0)
    fill_wallet()
    make_price()
    return buy_ours([make_number(digits=FIRST, ours_since="2026-01-01T00:00:00Z").digits])


def path(tenant, order=None, *, rest=""):
    about = f"{order.reference}/" if order else ""
    return f"/tenants/{tenant.reference}/orders/{about}{rest}"


def test_lists_the_orders_of_the_tenant(support, tenant, order):
    page = support.get(path(tenant)).text

    assert "Orders of Acme Telecom" in page
    assert "+1 501-555-0100" in page
    assert path(tenant, order) in page


def test_list_is_filtered(support, tenant, order):
    assert "No order matches" in support.get(path(tenant), {"show": "refused"}).text
    assert "+1 501-555-0100" in support.get(path(tenant), {"number": "0100"}).text


def test_list_of_a_tenant_that_bought_nothing_says_so(support, other_tenant, order):
    assert "No orders yet" in support.get(path(other_tenant)).text


def test_list_is_a_file_too(support, tenant, order):
    lines = support.get(path(tenant, rest="export/")).getvalue().decode().splitlines()

    assert len(lines) == 2
    assert FIRST in lines[1]


def test_shows_what_the_carrier_says(support, tenant, sandbox_carrier, at):
    fill_wallet()
    order = order_numbers([*stock_up(), *stock_up("0114"), *stock_up("0111"), *stock_up("0116")])
    sweep(at=at)
    refused, silent = (
        Operation.objects.get(digits__endswith=ending) for ending in ("0114", "0111")
    )

    page = support.get(path(tenant, order)).text

    assert "Somebody else bought this number first." in page
    assert refused.carrier_reason in page
    assert "1 time without an answer" in page
    assert silent.last_error in page.replace("&#x27;", "'")
    assert Operation.objects.get(digits__endswith="0116").carrier_order_id in page
    assert "Settle line" in page


def test_number_that_was_ours_has_no_operation(support, tenant, order):
    assert "None: it was ours" in support.get(path(tenant, order)).text


def test_shows_the_ledger(support, tenant, order):
    page = support.get(path(tenant, order)).text

    assert "Paid from the balance" in page
    assert "Spent $2.20" in page
    assert "Paid from the balance: no card was asked." in page


def test_shows_the_card_payment(support, tenant, sandbox_payments, at):
    change_setting("purchase.free_number", 0)
    make_price()
    order = order_numbers([make_number(ours_since=at).digits], card=add_card())
    pay_by_card(order, at=at)
    sweep(at=at + timedelta(minutes=1))

    page = support.get(path(tenant, order)).text

    assert "Visa ending in 4242" in page
    assert Payment.objects.get().intent_id in page
    assert "Charged" in page


def test_whatever_is_about_an_order_leads_to_it(support, tenant, sandbox_payments, at):
    change_setting("purchase.free_number", 0)
    make_price()
    order = order_numbers([make_number().digits], card=add_card())
    pay_by_card(order, at=at)
    subjects = [order.reference, line_of(order).reference, Payment.objects.get().reference]

    answers = [support.get(path(tenant, rest=f"about/{subject}/")) for subject in subjects]

    assert [answer.url for answer in answers] == [path(tenant, order)] * 3


def test_what_is_about_no_order_leads_to_the_tenant(support, tenant, sandbox_payments, order):
    offered = topping_up.offer(5000, currency="USD", card=add_card())
    top_up = topping_up.place(offered, return_path="/", actor=ada(), at=NOON)
    payment = Payment.objects.get(order=top_up.reference)

    for subject in (payment.reference, uuid4()):
        answer = support.get(path(tenant, rest=f"about/{subject}/"), follow=True)
        assert answer.redirect_chain == [(f"/tenants/{tenant.reference}/", 302)]
        assert "It is about no order of this tenant" in answer.text


def test_order_is_read_in_its_own_tenant_alone(support, other_tenant, order):
    assert support.get(path(other_tenant, order)).status_code == 404
    about = path(other_tenant, rest=f"about/{order.reference}/")
    assert support.get(about).url == f"/tenants/{other_tenant.reference}/"


def test_closed_tenants_orders_can_still_be_read(support, tenant, order):
    type(tenant).objects.filter(pk=tenant.pk).update(state="closed")

    assert support.get(path(tenant, order)).status_code == 200


def test_tenants_see_none_of_it(admin, tenant, order):
    assert admin.get(path(tenant)).status_code == 404


def test_list_asks_the_database_a_fixed_number_of_times(
    support, tenant, django_assert_max_num_queries
):
    fill_wallet()
    make_price()
    for n in range(5):
        order_numbers([make_number(digits=f"1501555010{n}").digits])

    with schema_context("public"), django_assert_max_num_queries(24):
        support.get(path(tenant))


def test_order_asks_the_database_a_fixed_number_of_times(
    support, tenant, sandbox_carrier, django_assert_max_num_queries
):
    fill_wallet()
    order = order_numbers(stock_up(count=5))

    with schema_context("public"), django_assert_max_num_queries(40):
        support.get(path(tenant, order))
    with tenant_context(tenant):
        assert order.lines.count() == 5
