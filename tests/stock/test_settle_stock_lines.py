"""What becomes of a number bought for our stock when carrier, network or worker fails."""

from datetime import timedelta

import pytest
from django.db import transaction

from carriers import operations
from carriers.models import Connection, Operation, OperationState
from desk.invariants import check_invariants
from lifecycle.models import Overtaken
from stock import prices, stocking
from stock.models import StockMove
from stock.stocking import SETTLE_STOCK_LINE
from tests.purchase.factories import LATER, crashing, number
from tests.stock.factories import make_price
from tests.stock.stocking import buy, line_of, offer_here, sweep
from work import due
from work.models import DueWork

SOON = timedelta(seconds=30)


@pytest.fixture
def order(tenant, sandbox_carrier):
    """Order one number; its last four digits choose what goes wrong at the carrier."""
    return lambda ending="": buy(offer_here(ending))


@pytest.fixture(autouse=True)
def nothing_impossible(tenant, at):
    yield
    assert [v.what for v in check_invariants(at=at)] == []


def sold(carrier, purchase):
    reference = str(line_of(purchase).reference)
    owned = carrier.get("/sandbox/truth")["owned"]
    return [one for one in owned if one["customer_reference"] == reference]


def state_of(purchase):
    line = line_of(purchase)
    return line.state, number(line.digits).state


def test_a_delivered_number_is_ours_and_unassigned_and_for_sale(order, tenant, at):
    make_price()
    purchase = order()

    sweep(at=at)

    line = line_of(purchase)
    bought = number(line.digits)
    assert (line.state, bought.state, bought.reason) == ("delivered", "available", "")
    assert (bought.ours_since, bought.reserved_for) == (at, None)
    assert bought.carrier_number_id
    assert Operation.objects.get().state == OperationState.DONE
    assert not DueWork.objects.exists()
    assert prices.for_sale(tenant, [bought], at=at)
    newest = StockMove.objects.filter(digits=line.digits).order_by("-id")[0]
    assert (newest.from_reason, newest.to_state, newest.actor_name) == (
        "stocking",
        "available",
        "Olga",
    )


def test_a_refusal_says_why_and_forgets_what_is_gone(order, at):
    purchase = order("0114")

    sweep(at=at)

    assert state_of(purchase) == ("refused", "deleted")
    assert line_of(purchase).refusal_reason == "Somebody else bought this number first."
    assert number(line_of(purchase).digits).ours_since is None


def test_what_the_carrier_still_has_is_offered_again_after_a_refusal(order, at):
    purchase = order("0115")

    sweep(at=at)

    assert state_of(purchase) == ("refused", "available")
    assert number(line_of(purchase).digits).ours_since is None


def test_each_number_goes_its_own_way(tenant, sandbox_carrier, at):
    purchase = buy([*offer_here(), *offer_here("0114"), *offer_here("0116")])

    sweep(at=at)

    states = sorted(purchase.lines.values_list("state", flat=True))
    assert states == ["delivered", "pending", "refused"]


@pytest.mark.parametrize("ending", ["0111", "0112", "0120"])
def test_a_lost_answer_is_looked_up_and_nothing_bought_again(order, sandbox_carrier, at, ending):
    purchase = order(ending)
    sweep(at=at)
    assert state_of(purchase) == ("unknown", "reserved")

    sweep(at=at + SOON)

    assert state_of(purchase) == ("delivered", "available")
    assert len(sold(sandbox_carrier, purchase)) == 1


def test_a_lost_request_is_not_repeated_within_the_quarantine(order, sandbox_carrier, at):
    purchase = order("0110")
    sweep(at=at)

    sweep(at=at + SOON)

    assert state_of(purchase) == ("unknown", "reserved")
    assert sold(sandbox_carrier, purchase) == []


def test_a_lost_request_is_repeated_after_the_quarantine(order, sandbox_carrier, at):
    purchase = order("0110")
    sweep(at=at)

    sweep(at=at + LATER)

    assert state_of(purchase) == ("delivered", "available")
    assert len(sold(sandbox_carrier, purchase)) == 1


def test_a_request_turned_away_is_repeated_soon(order, at):
    purchase = order("0113")
    sweep(at=at)
    assert state_of(purchase) == ("placed", "reserved")

    sweep(at=at + SOON)

    assert state_of(purchase) == ("delivered", "available")


def test_an_order_taken_by_the_carrier_waits_for_delivery(order, at):
    purchase = order("0116")

    sweep(at=at)

    assert state_of(purchase) == ("pending", "reserved")


def test_half_of_an_order_never_is_for_each_number_is_one(order, at):
    purchase = order("0117")

    sweep(at=at)
    sweep(at=at + LATER)

    assert line_of(purchase).is_final


def test_a_number_listed_late_is_waited_for(order, sandbox_carrier, at):
    purchase = order("0118")

    sweep(at=at)
    sweep(at=at + SOON)

    assert state_of(purchase) == ("delivered", "available")
    assert len(sold(sandbox_carrier, purchase)) == 1


def test_a_failure_is_not_believed_while_we_own_the_number(order, at):
    purchase = order("0119")
    sweep(at=at)

    sweep(at=at + SOON)

    assert state_of(purchase) == ("delivered", "available")


def test_documents_are_waited_for(order, at):
    purchase = order("0121")

    sweep(at=at)

    assert line_of(purchase).state in ("needs_documents", "pending")


def test_nothing_is_sent_while_buying_is_off(order, sandbox_carrier, at):
    purchase = order()
    Connection.objects.update(is_buying_allowed=False)
    sweep(at=at)
    assert state_of(purchase) == ("placed", "reserved")
    assert sold(sandbox_carrier, purchase) == []

    Connection.objects.update(is_buying_allowed=True)
    sweep(at=at + timedelta(minutes=2))

    assert state_of(purchase) == ("delivered", "available")


@pytest.mark.parametrize("ending", ["", "0111"])
@pytest.mark.parametrize(
    ("module", "point"),
    [
        (stocking, "stock_line_claimed"),
        (stocking, "stock_line_ordering"),
        (operations, "before_carrier_post"),
        (operations, "after_carrier_post"),
        (stocking, "stock_carrier_answered"),
        (stocking, "stock_line_settled"),
    ],
)
def test_a_worker_that_dies_at_any_step_loses_nothing(
    order, sandbox_carrier, at, module, point, ending
):
    purchase = order(ending)
    with crashing(module, point):
        sweep(at=at)

    sweep(at=at + due.LEASE)
    sweep(at=at + LATER)
    sweep(at=at + 2 * LATER)

    assert state_of(purchase) == ("delivered", "available")
    assert len(sold(sandbox_carrier, purchase)) == 1


def test_a_slow_worker_that_was_overtaken_changes_nothing(order, at):
    purchase = order()
    slow = due.claim_next(SETTLE_STOCK_LINE, at=at)
    sweep(at=at + due.LEASE)

    with pytest.raises(Overtaken):
        stocking.settle_stock_line(slow, at=at + due.LEASE)

    assert state_of(purchase) == ("delivered", "available")


def test_a_wake_up_that_comes_twice_works_once(order, sandbox_carrier):
    purchase = order()

    stocking.settle_stock_lines_task()
    stocking.settle_stock_lines_task()

    assert state_of(purchase) == ("delivered", "available")
    assert len(sold(sandbox_carrier, purchase)) == 1


def test_the_carrier_is_never_called_inside_a_transaction(order, sandbox_carrier, at):
    purchase = order()

    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        sweep(at=at)

    assert sold(sandbox_carrier, purchase) == []


def test_a_slow_carrier_is_asked_every_five_minutes(order, at):
    order("0116")
    sweep(at=at)
    DueWork.objects.update(attempts=99)

    sweep(at=at + timedelta(hours=1))

    assert DueWork.objects.get().due_at == at + timedelta(hours=1, minutes=5)
