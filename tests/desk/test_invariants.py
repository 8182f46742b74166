"""Each invariant of our own stock finds what it is there to find."""

import pytest

from carriers.models import Operation
from desk.invariants import check_invariants
from stock.models import StockNumber, StockPurchaseLine
from tests.conftest import NOON
from tests.stock.factories import make_number
from tests.stock.stocking import buy
from work.models import DueWork


@pytest.fixture
def bought(tenant):
    return buy([make_number(digits="15015550100").digits])


def violations():
    return [violation.what for violation in check_invariants(at=NOON)]


def test_a_number_under_way_is_as_it_should_be(bought):
    assert violations() == []


def test_a_number_set_free_while_it_is_bought(bought):
    StockNumber.objects.update(state="available", reason="")

    assert "6 An open line for our stock keeps its number from others: 15015550100" in violations()


def test_a_line_without_its_operation_or_work(bought):
    DueWork.objects.all().delete()
    words = "5 An open line for our stock has its operation, and somebody works on it: 15015550100"
    assert words in violations()
    Operation.objects.all().delete()

    assert words in violations()


def test_an_operation_and_a_number_without_a_line(bought):
    StockPurchaseLine.objects.all().delete()

    assert (
        "5 What is asked of a carrier for our stock has an open line: 15015550100" in violations()
    )
    assert "6 A number that is bought for our stock is on an open line: 15015550100" in violations()


def test_a_line_that_ended_otherwise_than_its_operation(bought):
    Operation.objects.update(state="refused")

    assert violations() == [
        "5 An open line for our stock has its operation, and somebody works on it: 15015550100",
        "5 A line for our stock ends as what was asked of its carrier: 15015550100",
    ]
