from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from carriers.models import Connection
from lifecycle.models import Overtaken
from stock import reserving
from stock.models import StockMove, StockNumber, StockState
from tests.stock.factories import make_number

MINUTE = timedelta(minutes=1)
DIGITS = "15015550100"


def hold(tenant, at, *digits):
    return reserving.hold_for_cart(digits or [DIGITS], tenant=tenant, until=at + 15 * MINUTE, at=at)


def order(tenant, at):
    hold(tenant, at)
    return reserving.take_for_order([DIGITS], tenant=tenant, at=at)[0]


@pytest.fixture
def number(tenant):
    return make_number(digits=DIGITS)


def state_of(number):
    number.refresh_from_db()
    return number.state, number.reason, number.reserved_for_id


def test_a_held_number_is_the_tenants_alone(number, tenant, other_tenant, at):
    hold(tenant, at)

    with pytest.raises(reserving.NumberTaken, match=r"\+1 501-555-0100"):
        hold(other_tenant, at)
    assert state_of(number) == ("reserved", "cart", tenant.pk)


def test_a_cart_gets_all_its_numbers_or_none(number, tenant, other_tenant, at):
    free = make_number(digits="15015550101")
    hold(other_tenant, at)

    with pytest.raises(reserving.NumberTaken) as taken:
        hold(tenant, at, DIGITS, free.digits)

    assert taken.value.digits == [DIGITS]
    assert state_of(free) == ("available", "", None)


def test_returns_the_numbers_in_the_order_asked_for(number, tenant, at):
    make_number(digits="15015550101")

    held = hold(tenant, at, "15015550101", DIGITS)

    assert [one.digits for one in held] == ["15015550101", DIGITS]


def test_holding_again_changes_nothing(number, tenant, at):
    hold(tenant, at)

    [again] = hold(tenant, at + MINUTE)

    assert again.reserved_until == at + 15 * MINUTE


def test_a_lapsed_hold_is_free_for_others_before_any_sweep(number, tenant, other_tenant, at):
    hold(tenant, at)

    hold(other_tenant, at + 15 * MINUTE)

    assert state_of(number) == ("reserved", "cart", other_tenant.pk)


def test_offers_are_not_held_where_we_do_not_buy(number, tenant, at):
    Connection.objects.update(is_buying_allowed=False)

    with pytest.raises(reserving.NumberTaken):
        hold(tenant, at)


def test_our_own_numbers_are_sold_wherever_they_came_from(tenant, at):
    make_number(digits=DIGITS, ours_since=at)
    Connection.objects.update(is_buying_allowed=False)

    assert hold(tenant, at)


def test_a_hold_can_be_extended_while_the_cart_has_it(number, tenant, other_tenant, at):
    hold(tenant, at)
    later = at + 30 * MINUTE

    assert reserving.extend_cart({DIGITS: later}, tenant=tenant) == {DIGITS}
    assert reserving.extend_cart({DIGITS: later}, tenant=other_tenant) == set()
    number.refresh_from_db()
    assert number.reserved_until == later
    assert reserving.is_in_cart_of(number, tenant)
    assert not reserving.is_in_cart_of(number, other_tenant)


def test_only_the_cart_it_lies_in_gives_it_back(number, tenant, other_tenant, at):
    hold(tenant, at)

    assert reserving.release_from_cart([DIGITS], tenant=other_tenant, at=at) == 0
    assert reserving.release_from_cart([DIGITS], tenant=tenant, at=at) == 1
    assert state_of(number) == ("available", "", None)


def test_an_order_needs_a_hold_that_has_not_ended(number, tenant, at):
    hold(tenant, at)

    with pytest.raises(reserving.NumberTaken):
        reserving.take_for_order([DIGITS], tenant=tenant, at=at + 15 * MINUTE)


def test_an_ordered_number_waits_without_end(number, tenant, other_tenant, at):
    order(tenant, at)

    with pytest.raises(reserving.NumberTaken):
        hold(other_tenant, at + timedelta(days=30))
    assert state_of(number) == ("reserved", "order", tenant.pk)


def test_an_unpaid_order_goes_back_to_the_cart_or_on_sale(number, tenant, at):
    order(tenant, at)
    reserving.return_to_cart([DIGITS], tenant=tenant, until=at + MINUTE, at=at)
    assert state_of(number) == ("reserved", "cart", tenant.pk)

    reserving.take_for_order([DIGITS], tenant=tenant, at=at)
    reserving.cancel_order([DIGITS], tenant=tenant, at=at)

    assert state_of(number) == ("available", "", None)


def test_a_delivered_number_is_ours_from_then_on(number, tenant, at):
    ordered = order(tenant, at)

    reserving.assign(ordered, at=at + MINUTE, carrier_number_id="num_1")

    number.refresh_from_db()
    assert (number.state, number.ours_since) == ("assigned", at + MINUTE)
    assert number.carrier_number_id == "num_1"


def test_a_number_is_delivered_once(number, tenant, at):
    ordered = order(tenant, at)
    reserving.assign(StockNumber.objects.get(pk=ordered.pk), at=at)

    with pytest.raises(Overtaken):
        reserving.assign(ordered, at=at)


@pytest.mark.parametrize(
    ("gone", "state"), [(True, ("deleted", "gone", None)), (False, ("available", "", None))]
)
def test_a_refused_number_is_on_sale_unless_the_carrier_has_it_no_more(
    number, tenant, at, gone, state
):
    reserving.refuse(order(tenant, at), gone=gone, at=at)

    assert state_of(number) == state


def test_the_sweep_frees_what_lapsed_and_nothing_else(number, tenant, at):
    make_number(digits="15015550101")
    hold(tenant, at)
    reserving.hold_for_cart(["15015550101"], tenant=tenant, until=at + 60 * MINUTE, at=at)

    reserving.release_lapsed_holds(at=at + 20 * MINUTE)

    in_cart = StockNumber.objects.filter(state=StockState.RESERVED)
    assert [one.digits for one in in_cart] == ["15015550101"]


def test_carts_leave_no_history_and_orders_do(number, tenant, at):
    reserving.assign(order(tenant, at), at=at)

    [move] = StockMove.objects.all()
    assert (move.from_state, move.from_reason, move.to_state) == ("reserved", "order", "assigned")


def test_holding_takes_two_queries(number, tenant, at):
    with CaptureQueriesContext(connection) as captured:
        hold(tenant, at)

    asked = [query["sql"].split()[0] for query in captured if "search_path" not in query["sql"]]
    assert asked == ["SAVEPOINT", "UPDATE", "SELECT", "RELEASE"]
