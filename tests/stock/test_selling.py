"""What is sold to a tenant, and that a search finds nothing else."""

from decimal import Decimal

import pytest

from lifecycle.actors import SYSTEM, done_by
from stock import counting, searching
from stock.criteria import OfferCriteria, Sold
from stock.models import Price, Sku, SkuChange
from stock.selling import sold_to
from tests.conftest import NOON
from tests.stock.factories import make_connection, make_number, make_price, make_sku
from tests.stock.pricing import make_cost


@pytest.fixture
def stock(tenant):
    """One number each of two SKUs, the second one of Arkansas."""
    make_price()
    make_price(make_sku(code="US-AR", region="AR"), monthly_price=200)
    make_number(digits="12125550100", region="NY")
    make_number(digits="15015550100", sku=make_sku(code="US-AR"))
    counting.rebuild()


def sold(tenant, **changes):
    kind = {"country": "US", "number_type": "geographic"}
    return sold_to(tenant, **kind, at=NOON, **changes)


def found(tenant, **changes):
    criteria = OfferCriteria("US", sold=sold(tenant, **changes))
    return [number.digits for number in searching.find(criteria)]


def remove(sku, *, ended_at):
    Sku.objects.filter(pk=sku.pk).update(removed_at=NOON)
    SkuChange.objects.create(
        sku=sku, is_removal=True, at=NOON, ended_at=ended_at, **done_by(SYSTEM)
    )


def test_where_all_is_sold_nothing_is_asked_of_the_numbers(stock, tenant):
    assert sold(tenant) == Sold()
    assert sold(tenant).is_all
    assert found(tenant) == ["12125550100", "15015550100"]


def test_what_no_list_prices_is_not_sold(stock, tenant):
    Price.objects.filter(sku__code="US-AR").delete()

    assert found(tenant) == ["12125550100"]


def test_what_is_sold_for_a_year_at_least_is_not_sold_for_a_month(stock, tenant):
    Price.objects.filter(sku__code="US-AR").update(minimum_months=12)

    assert found(tenant, months=1) == ["12125550100"]
    assert found(tenant, months=12) == ["12125550100", "15015550100"]


@pytest.mark.parametrize("cost", [{"monthly_cost": Decimal(9)}, {"setup_cost": Decimal(9)}])
def test_what_costs_more_than_its_price_is_not_sold(stock, tenant, cost):
    make_number(digits="12125550101", region="NY", **cost)
    counting.rebuild()

    assert found(tenant) == ["12125550100", "15015550100"]


def test_what_costs_more_by_the_costs_of_its_sku_is_not_sold(stock, tenant):
    make_cost(monthly_cost=Decimal(9))
    nameless = {"setup_cost": None, "monthly_cost": None, "cost_currency": ""}
    make_number(digits="12125550101", region="NY", **nameless)
    counting.rebuild()

    assert found(tenant) == ["12125550100", "15015550100"]


def test_a_connection_that_does_not_buy_sells_only_what_is_ours(stock, tenant):
    closed = make_connection(name="Closed", is_buying_allowed=False)
    make_number(digits="12125550101", region="NY", connection=closed)
    make_number(digits="12125550102", region="NY", connection=closed, ours_since=NOON)

    assert found(tenant) == ["12125550100", "12125550102", "15015550100"]


def test_a_sku_that_was_removed_asks_nothing_once_its_numbers_have_followed(stock, tenant):
    sku = make_sku(code="US-LR", region="AR", city="Little Rock")
    remove(sku, ended_at=NOON)

    assert sold(tenant).is_all


def test_a_sku_that_was_removed_counts_while_its_numbers_follow(stock, tenant):
    remove(make_sku(code="US-LR", region="AR", city="Little Rock"), ended_at=None)

    assert not sold(tenant).is_all
