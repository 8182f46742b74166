from decimal import Decimal

import pytest

from listing.exporting import csv_response
from stock import importing
from stock.cost_sheet import HEADER, cells_of
from stock.models import Cost, PriceImport
from tests.conftest import NOON
from tests.stock.factories import BEGINNING, make_connection, make_sku
from tests.stock.pricing import OLGA, make_cost, make_rate, outcomes, plan


@pytest.fixture
def cost(db):
    return make_cost(connection=make_connection(name="Northern"))


def cost_file(*rows):
    return "\n".join([",".join(HEADER), *rows]).encode()


def apply(sent):
    importing.apply_import(PriceImport.objects.get(pk=sent.pk), actor=OLGA, at=NOON)


def test_costs_come_by_carrier_and_sku(cost):
    make_connection(name="Southern")
    sent = plan(
        cost_file(
            "northern,us-geo,,,USD,0.20,0.45",
            "Southern,US-GEO,2026-12-01,,EUR,0.1234,0.3",
            "Western,US-GEO,,,USD,1,1",
            "Northern,US-XX,,,XYZ,1,-1",
        )
    )

    apply(sent)

    assert [(outcome, note) for _, outcome, note in outcomes(sent)] == [
        ("changed", "month $0.40 → $0.45, from now on"),
        ("new", "setup €0.1234, month €0.30, from Dec 1, 2026"),
        ("refused", "carrier: there is no carrier “Western”."),
        (
            "refused",
            "sku: there is no SKU “US-XX”. currency: “XYZ” is none. Write it like USD."
            " month: -1 is less than nothing.",
        ),
    ]
    assert [
        (one.connection.name, one.valid.lower, str(one.monthly_cost))
        for one in Cost.objects.order_by("connection__name", "valid")
    ] == [
        ("Northern", BEGINNING, "0.4000"),
        ("Northern", NOON, "0.4500"),
        ("Southern", NOON.replace(month=12, day=1, hour=0), "0.3000"),
    ]


def test_another_currency_is_a_change(cost):
    [(_, outcome, note)] = outcomes(plan(cost_file("Northern,US-GEO,,,EUR,0.20,0.40")))

    assert (outcome, note) == (
        "changed",
        "setup $0.20 → €0.20, month $0.40 → €0.40, from now on",
    )


@pytest.mark.parametrize("code", ["XXX", "XTS", "DEM", "XAU"])
def test_what_nobody_pays_in_today_is_no_currency(cost, code):
    [(_, outcome, note)] = outcomes(plan(cost_file(f"Northern,US-GEO,,,{code},0.20,0.40")))

    assert (outcome, note) == ("refused", f"currency: “{code}” is none. Write it like USD.")


def test_a_cost_that_no_rate_compares_is_warned_of(cost):
    make_rate("EUR", "0.90")
    make_connection(name="Southern")

    sent = plan(cost_file("Northern,US-GEO,,,EUR,0.2,0.5", "Southern,US-GEO,,,CHF,0.2,0.5"))

    assert list(sent.rows.order_by("line").values_list("outcome", "warning")) == [
        ("changed", ""),
        ("new", "No exchange rate compares CHF with prices, so it refuses none."),
    ]


def test_exported_costs_change_nothing_when_they_come_back(cost):
    make_cost(make_sku(code="US-TF", number_type="toll_free"), monthly_cost=Decimal("0.1234"))
    rows = [cells_of(one) for one in Cost.objects.select_related("connection", "sku")]

    sent = plan(csv_response("costs", HEADER, rows).getvalue())
    apply(sent)

    assert [outcome for _, outcome, _ in outcomes(sent)] == ["same", "same"]
    assert Cost.objects.count() == 2
