"""Whatever dies when, in whatever order: once things are quiet, numbers and money are right."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from billing import payments
from billing import settling as billing_settling
from billing.invariants import CHECKS as BILLING_CHECKS
from carriers import operations
from inventory.invariants import CHECKS as INVENTORY_CHECKS
from purchase import charging, settling
from purchase.invariants import CHECKS
from purchase.models import FINAL_LINES, LineState, OrderLine
from tests.billing.factories import add_card
from tests.conftest import NOON
from tests.purchase.factories import (
    crashing,
    fill_wallet,
    order_numbers,
    pay_by_card,
    stock_up,
    sweep,
)

ENDINGS = ["", "0110", "0111", "0112", "0113", "0114", "0115", "0118", "0119", "0120", "0121"]
CRASH_POINTS = [
    (settling, "line_claimed"),
    (settling, "line_ordering"),
    (operations, "before_carrier_post"),
    (operations, "after_carrier_post"),
    (settling, "carrier_answered"),
    (settling, "line_settled"),
    (payments, "before_authorise"),
    (payments, "after_authorise"),
    (charging, "after_order_authorised"),
    (charging, "before_order_charged"),
    (payments, "before_capture"),
    (payments, "after_capture"),
    (payments, "before_void"),
    (charging, "after_order_charged"),
]

an_order = st.tuples(
    st.just("order"),
    st.lists(st.sampled_from(ENDINGS), min_size=1, max_size=3, unique=True),
    st.booleans(),
    st.sampled_from(CRASH_POINTS),
)
a_crash = st.tuples(st.just("crash"), st.sampled_from(CRASH_POINTS))
a_wait = st.tuples(st.just("wait"), st.integers(1, 15))
events = st.lists(st.one_of(an_order, a_crash, a_wait), min_size=2, max_size=8)


def run_everything(at):
    billing_settling.settle_payments(at=at)
    sweep(at=at)


def play(happening, card, at):
    """Let the events happen one after the other, and return the time at the end."""
    for kind, *details in happening:
        if kind == "order":
            endings, is_by_card, (module, point) = details
            digits = [one for ending in endings for one in stock_up_new(ending)]
            order = order_numbers(digits, card=card if is_by_card else None, at=at)
            with crashing(module, point):
                if is_by_card:
                    pay_by_card(order, at=at)
        elif kind == "crash":
            with crashing(*details[0]):
                run_everything(at)
        else:
            at += timedelta(minutes=details[0])
            run_everything(at)
    return at


def stock_up_new(ending):
    """Put one number on sale that is not in our stock yet."""
    known = set(OrderLine.objects.values_list("digits", flat=True))
    return stock_up(ending, beside=known)


def settle_down(carrier, at):
    """Let hours pass without a fault."""
    for hours in range(1, 10):
        carrier.post("/sandbox/deliver")
        run_everything(at + timedelta(hours=hours))


def owned_at(carrier):
    return {one["number"].lstrip("+") for one in carrier.get("/sandbox/truth")["owned"]}


@contextmanager
def undone():
    """Take back what an example wrote: the test around it is one transaction."""
    before = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(before)


@pytest.mark.usefixtures("tenant")
@given(happening=events)
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_quiet_leaves_every_number_owned_once_and_paid(
    sandbox_carrier, sandbox_payments, happening
):
    with undone():
        sandbox_carrier.post("/sandbox/reset")
        fill_wallet(100_000)

        at = play(happening, add_card(), NOON)
        settle_down(sandbox_carrier, at)

        assert not OrderLine.objects.exclude(state__in=FINAL_LINES).exists()
        delivered = OrderLine.objects.filter(state=LineState.DELIVERED)
        assert owned_at(sandbox_carrier) == set(delivered.values_list("digits", flat=True))
        checks = [*CHECKS, *INVENTORY_CHECKS, *BILLING_CHECKS]
        assert [line for check in checks for line in check()] == []
