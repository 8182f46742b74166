"""Telling what became of a run's orders."""

from uuid import uuid4

import pytest

from chaos import tally
from chaos.books import Shelf
from chaos.planning import make_plan


def line(state="delivered", *, order="first", digits="15015550100", **changes):
    usual = {"reference": uuid4(), "price": 123, "vat_amount": 23, "pay_by": "card"}
    usual |= {"charged_at": None, "order": order, "digits": digits, "state": state}
    return usual | changes


def shelf(*lines, refunds=()):
    rows = [{"line": each["reference"], "state": state} for each, state in refunds]
    return Shelf("Acme", "t_1", uuid4(), lines=list(lines), refunds=rows)


def counted(*lines, refunds=(), picked=()):
    return dict(tally.count_kinds([shelf(*lines, refunds=refunds)], picked=picked))


def test_order_that_came_whole_is_of_no_kind():
    assert counted(line(), line()) == {}


def test_order_is_by_quantity_if_a_number_of_it_was_picked():
    lines = [line(digits="15015550100"), line(digits="15015550101"), line(order="second")]

    assert counted(*lines, picked={"15015550101"}) == {"by quantity": 1}


def test_partly_delivered_order_is_charged_for_what_came():
    assert counted(line(), line("refused")) == {
        "partly delivered": 1,
        "charged for a part only": 1,
        "returned with VAT": 1,
    }


def test_order_both_by_quantity_and_partly_delivered():
    lines = [line(), line("refused", price=0, digits="15015550101")]

    assert counted(*lines, picked={"15015550101"}) == {
        "by quantity": 1,
        "partly delivered": 1,
        "both of these": 1,
    }


@pytest.mark.parametrize(
    ("state", "kind"),
    [("succeeded", "refunded to the card"), ("failed", "refunded to the balance instead")],
)
def test_refunded_order_counts_once_however_many_lines(state, kind):
    lines = [line("refused", vat_amount=0), line("refused", vat_amount=0)]

    assert counted(*lines, refunds=[(each, state) for each in lines]) == {kind: 1}


def test_refund_on_its_way_is_not_counted_as_paid():
    refused = line("refused", vat_amount=0, charged_at="today")

    assert counted(line(), refused, refunds=[(refused, "sending")]) == {"partly delivered": 1}


def test_refused_line_of_the_balance_is_given_back():
    assert counted(line("refused", pay_by="wallet", vat_amount=0)) == {
        "given back to the balance": 1
    }


def test_orders_of_all_tenants_are_counted():
    shelves = [shelf(line()), shelf(line())]

    assert tally.count_kinds(shelves, picked={"15015550100"})["by quantity"] == 2


def test_run_without_any_is_missing_all():
    counts = tally.count_kinds([shelf(line())], picked=())

    assert tally.missing(counts) == [f"no order was {kind}" for kind in tally.KINDS]
    assert tally.told(counts).startswith("0 by quantity, 0 partly delivered, 0 both of these")


def test_run_with_all_is_missing_none():
    counts = tally.count_kinds([shelf(line())], picked=())
    counts.update(tally.KINDS)

    assert tally.missing(counts) == []


@pytest.mark.parametrize(
    ("orders", "is_telling"), [(20, False), (99, False), (100, True), (300, True)]
)
def test_long_run_must_hold_all_kinds(orders, is_telling):
    assert make_plan(3, orders=orders, kills=4).is_telling == is_telling
