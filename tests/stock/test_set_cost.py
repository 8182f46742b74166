from datetime import timedelta
from decimal import Decimal

import pytest

from stock import costing, recosting
from stock.models import Cost
from stock.recosting import CostTerms
from stock.repricing import NotInForce, NotToCome
from tenants.models import StaffAct
from tests.conftest import NOON
from tests.stock.factories import BEGINNING, make_connection, make_number, make_sku
from tests.stock.pricing import OLGA, make_cost

DAY = timedelta(days=1)
UNNAMED = {"setup_cost": None, "monthly_cost": None, "cost_currency": ""}


def set_cost(monthly, *, begins_at=None):
    terms = CostTerms(Decimal("0.10"), Decimal(monthly), "EUR")
    return recosting.set_cost(
        make_connection(), make_sku(), terms, begins_at=begins_at, actor=OLGA, at=NOON
    )


def costs():
    return [
        (one.valid.lower, one.valid.upper, str(one.monthly_cost), one.currency)
        for one in Cost.objects.order_by("valid")
    ]


def test_a_cost_ends_the_one_before_whatever_its_currency(tenant):
    make_cost()

    set_cost("0.50")

    assert costs() == [
        (BEGINNING, NOON, "0.4000", "USD"),
        (NOON, None, "0.5000", "EUR"),
    ]
    assert StaffAct.objects.get().reason == "€0.50 a month from Nov 22, 2026, 12:00 UTC"


def test_each_carrier_has_costs_of_its_own(tenant):
    make_cost(connection=make_connection(name="Northern"))

    set_cost("0.50")

    assert [begins_at for begins_at, *_ in costs()] == [BEGINNING, NOON]
    assert [ends_at for _, ends_at, *_ in costs()] == [None, None]


def test_a_cost_to_come_can_be_withdrawn(tenant):
    make_cost()
    set_cost("0.50", begins_at=NOON + DAY)

    recosting.withdraw_cost(Cost.objects.get(currency="EUR"), actor=OLGA, at=NOON)

    assert costs() == [(BEGINNING, None, "0.4000", "USD")]


def test_a_cost_of_now_can_be_ended_and_not_withdrawn(tenant):
    cost = make_cost()

    with pytest.raises(NotToCome):
        recosting.withdraw_cost(cost, actor=OLGA, at=NOON)
    recosting.end_cost(cost, actor=OLGA, at=NOON)
    with pytest.raises(NotInForce):
        recosting.end_cost(cost, actor=OLGA, at=NOON + DAY)

    assert costs() == [(BEGINNING, NOON, "0.4000", "USD")]


def test_what_the_carrier_names_for_the_number_itself_wins(tenant):
    make_cost(monthly_cost=Decimal("0.90"))
    named = make_number(monthly_cost=Decimal("0.40"))
    unnamed = make_number(digits="15015550101", **UNNAMED)

    found = costing.of_numbers([named, unnamed], at=NOON)

    assert [str(found[one.pk].monthly) for one in (named, unnamed)] == ["0.40", "0.9000"]
