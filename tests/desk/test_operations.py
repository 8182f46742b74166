"""Everything asked of carriers, over all tenants."""

import pytest
from django_tenants.utils import tenant_context

from carriers.models import Operation
from tests.conftest import NOON
from tests.purchase.factories import fill_wallet, line_of, order_numbers, stock_up, sweep
from tests.stock.factories import make_connection, make_number, make_price
from work.models import DueWork


@pytest.fixture
def operations(tenant, other_tenant, sandbox_carrier, at):
    """Acme's two purchases, of which one was refused, and one of Globex's that was not sent."""
    fill_wallet()
    order = order_numbers([*stock_up(), *stock_up("0114")])
    sweep(at=at)
    with tenant_context(other_tenant):
        fill_wallet()
        other = make_connection(name="Other")
        make_price()
        order_numbers([make_number(digits="12125550100", connection=other).digits])
    return order


def numbers(response):
    return [operation.digits for operation in response.context["page"].rows]


def test_lists_the_purchases_of_all_tenants_newest_first(support, operations):
    response = support.get("/operations/")

    assert numbers(response)[0] == "12125550100"
    assert len(numbers(response)) == 3
    assert "Acme Telecom" in response.text
    assert "Globex" in response.text


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"state": "refused"}, 1),
        ({"open": "on"}, 1),
        ({"tenant": "glob"}, 1),
        ({"number": "+1 212"}, 1),
        ({"number": "1501"}, 2),
        ({"number": "65"}, 0),
        ({"state": "done", "tenant": "acme"}, 1),
    ],
)
def test_is_filtered(support, operations, wanted, count):
    assert len(numbers(support.get("/operations/", wanted))) == count


def test_is_filtered_by_carrier(support, operations):
    other = make_connection(name="Other")

    assert numbers(support.get("/operations/", {"connection": other.pk})) == ["12125550100"]


def test_filter_that_matches_nothing_says_so(support, operations):
    assert "No purchase matches" in support.get("/operations/", {"number": "65"}).text


def test_leads_to_the_order(support, tenant, operations):
    line = operations.lines.first()
    link = f"/tenants/{tenant.reference}/orders/about/{line.reference}/"

    page = support.get("/operations/").text

    assert link in page
    assert support.get(link).url.endswith(f"/orders/{operations.reference}/")


def test_work_page_leads_to_the_order_of_what_is_stuck(support, tenant, sandbox_carrier, at):
    fill_wallet()
    order = order_numbers(stock_up())
    DueWork.objects.update(due_at=NOON.replace(year=2020))

    page = support.get("/work/").text

    assert f"/tenants/{tenant.reference}/orders/about/{line_of(order).reference}/" in page


def test_is_a_file_too(support, operations):
    lines = support.get("/operations/export/", {"state": "refused"}).getvalue().decode()

    assert "Number,State,Carrier,Tenant" in lines
    assert lines.count("\n") == 2


def test_operation_of_the_platform_itself_has_no_order(support, operations):
    Operation.objects.update(tenant=None)

    page = support.get("/operations/").text

    assert "Platform" in page
    assert "/orders/about/" not in page


def test_list_asks_the_database_a_fixed_number_of_times(
    support, operations, django_assert_max_num_queries
):
    with django_assert_max_num_queries(20):
        support.get("/operations/")
