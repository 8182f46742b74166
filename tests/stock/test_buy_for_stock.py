"""Ordering for our own stock: all of it is reserved and planned, or nothing."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from carriers.models import Connection, Operation
from stock import reserving, restocking
from stock.models import StockMove, StockNumber, StockPurchase, StockPurchaseLine
from stock.restocking import (
    CostChanged,
    CostUnknown,
    NoLongerOffered,
    NothingChosen,
    QuoteExpired,
)
from tenants.models import StaffAct
from tests.conftest import NOON
from tests.stock.factories import make_connection, make_number
from tests.stock.pricing import OLGA, make_cost
from tests.stock.stocking import buy
from work.models import DueWork

DIGITS = ["15015550100", "15015550101"]
UNNAMED = {"setup_cost": None, "monthly_cost": None, "cost_currency": ""}


@pytest.fixture
def numbers(tenant):
    return [make_number(digits=digits) for digits in DIGITS]


def states():
    found = StockNumber.objects.order_by("digits")
    return list(found.values_list("state", "reason"))


def assert_nothing_bought():
    assert not StockPurchase.objects.exists()
    assert not Operation.objects.exists()
    assert not DueWork.objects.exists()
    assert not StaffAct.objects.exists()


def test_numbers_intents_and_work_are_written_together(numbers):
    purchase = buy(DIGITS)

    assert states() == [("reserved", "stocking")] * 2
    lines = list(purchase.lines.order_by("digits"))
    assert [(line.digits, line.state, line.sku) for line in lines] == [
        (digits, "placed", "US-GEO") for digits in DIGITS
    ]
    assert lines[0].place == "Little Rock, AR, US"
    operations = Operation.objects.order_by("digits")
    assert [(one.reference, one.tenant, one.state) for one in operations] == [
        (line.reference, None, "planned") for line in lines
    ]
    assert set(DueWork.objects.values_list("subject", "tenant")) == {
        (line.reference, None) for line in lines
    }
    act = StaffAct.objects.get()
    assert (act.kind, act.subject_name) == ("stock_bought", "2 numbers")
    assert act.reason == "Sandbox: $0.40 setup, $0.80 a month"
    move = StockMove.objects.filter(digits=DIGITS[0]).get()
    assert (move.actor_name, move.remark) == ("Olga", "Bought for our stock")


def test_the_quote_adds_up_by_carrier_and_currency(numbers):
    make_number(digits="15015550102", connection=make_connection(name="Northern"))
    make_number(digits="15015550103", cost_currency="EUR", monthly_cost=Decimal("0.35"))

    quote = restocking.quote_numbers([*DIGITS, "15015550102", "15015550103"], at=NOON)

    assert [(one.carrier, one.numbers, str(one.monthly), one.currency) for one in quote.totals] == [
        ("Sandbox", 2, "0.8000", "USD"),
        ("Northern", 1, "0.4000", "USD"),
        ("Sandbox", 1, "0.3500", "EUR"),
    ]


def test_nobody_else_can_buy_it_meanwhile(numbers, tenant):
    buy(DIGITS[:1])

    with pytest.raises(reserving.NumberTaken):
        reserving.hold_for_cart(
            DIGITS[:1], tenant=tenant, until=NOON + timedelta(minutes=1), at=NOON
        )


def test_accepting_a_quote_again_is_one_purchase(numbers):
    quote = restocking.unseal(restocking.seal(restocking.quote_numbers(DIGITS, at=NOON)))

    first = restocking.buy_for_stock(quote, actor=OLGA, at=NOON)
    second = restocking.buy_for_stock(quote, actor=OLGA, at=NOON)

    assert first == second
    assert StockPurchaseLine.objects.count() == 2


def test_what_somebody_has_in_a_cart_is_not_bought_nor_the_rest(numbers, tenant):
    quote = restocking.quote_numbers(DIGITS, at=NOON)
    until = NOON + timedelta(minutes=1)
    reserving.hold_for_cart(DIGITS[1:], tenant=tenant, until=until, at=NOON)

    with pytest.raises(NoLongerOffered, match=r"\+1 501-555-0101: somebody else was quicker"):
        restocking.buy_for_stock(quote, actor=OLGA, at=NOON)

    assert states() == [("available", ""), ("reserved", "cart")]
    assert_nothing_bought()


def test_our_own_numbers_are_not_bought_again(tenant):
    make_number(digits=DIGITS[0], ours_since=NOON)

    with pytest.raises(NoLongerOffered):
        restocking.quote_numbers(DIGITS[:1], at=NOON)


def test_nothing_is_bought_where_we_do_not_buy(numbers):
    quote = restocking.quote_numbers(DIGITS, at=NOON)
    Connection.objects.update(is_buying_allowed=False)

    with pytest.raises(NoLongerOffered, match="do not buy there"):
        restocking.buy_for_stock(quote, actor=OLGA, at=NOON)

    assert states() == [("available", "")] * 2
    assert_nothing_bought()


def test_a_cost_that_changed_is_not_paid_unseen(numbers):
    quote = restocking.quote_numbers(DIGITS, at=NOON)
    StockNumber.objects.filter(digits=DIGITS[0]).update(monthly_cost="0.41")

    with pytest.raises(CostChanged, match="Nothing has been bought"):
        restocking.buy_for_stock(quote, actor=OLGA, at=NOON)

    assert states() == [("available", "")] * 2
    assert_nothing_bought()


def test_an_unknown_cost_is_not_paid(tenant):
    make_number(digits=DIGITS[0], **UNNAMED)

    with pytest.raises(CostUnknown, match="Set a cost"):
        restocking.quote_numbers(DIGITS[:1], at=NOON)


def test_where_the_carrier_names_no_cost_that_of_the_sku_counts(tenant):
    make_number(digits=DIGITS[0], **UNNAMED)
    make_cost(monthly_cost=Decimal("0.75"))

    assert buy(DIGITS[:1]).lines.get().monthly_cost == Decimal("0.75")


def test_at_least_one_and_at_most_a_hundred(tenant):
    with pytest.raises(NothingChosen, match="at least one"):
        restocking.quote_numbers([], at=NOON)
    with pytest.raises(NothingChosen, match="At most 100"):
        restocking.quote_numbers([str(15015550000 + n) for n in range(101)], at=NOON)


@pytest.mark.parametrize("sealed", ["", "nonsense", "e30:1vABC:forged"])
def test_a_quote_that_is_not_ours_is_refused(sealed):
    with pytest.raises(QuoteExpired):
        restocking.unseal(sealed)


def test_a_quote_comes_back_as_it_was(numbers):
    quote = restocking.quote_numbers(DIGITS, at=NOON)

    opened = restocking.unseal(restocking.seal(quote))

    assert isinstance(opened.token, UUID)
    assert (opened.token, opened.costs) == (quote.token, quote.costs)
