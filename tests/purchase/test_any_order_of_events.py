"""Whatever dies when, in whatever order: once things are quiet, numbers and money are right."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from billing import payments, refunding
from billing import settling as billing_settling
from carriers import operations
from carriers.models import Operation, OperationState
from purchase import charging, settling
from purchase.models import FINAL_LINES, LineState, OrderLine
from tests.billing.factories import add_card
from tests.conftest import HTTP, NOON
from tests.purchase.factories import (
    crashing,
    fill_wallet,
    order_numbers,
    pay_by_card,
    stock_up,
    sweep,
    violations,
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
    (payments, "after_void"),
    (refunding, "before_refund"),
    (refunding, "after_refund"),
    (charging, "after_order_charged"),
]

# Longer than an order waits for its last number before its card is charged whole.
CHARGED_BY_NOW = timedelta(minutes=70)

an_order = st.tuples(
    st.just("order"),
    st.lists(st.sampled_from(ENDINGS), min_size=1, max_size=3, unique=True),
    st.booleans(),
    st.sampled_from(CRASH_POINTS),
)
a_crash = st.tuples(st.just("crash"), st.sampled_from(CRASH_POINTS))
a_wait = st.tuples(st.just("wait"), st.integers(1, 15))
a_late_no = st.tuples(st.just("no"))
events = st.lists(st.one_of(an_order, a_crash, a_wait, a_late_no), min_size=2, max_size=8)


def late_refusal(point):
    """A number is refused after the card was charged for it, and its refund is interrupted."""
    order = ("order", ["", "0121"], True, (settling, "line_claimed"))
    return [order, ("no",), ("wait", 15), ("wait", 15), ("crash", (refunding, point))]


UNDELIVERED = [
    ("order", ["0114"], True, (settling, "line_claimed")),
    ("wait", 1),
    ("crash", (payments, "after_void")),
]


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
        elif kind == "no":
            at += CHARGED_BY_NOW
            run_everything(at)
            give_up_open_orders()
        else:
            at += timedelta(minutes=details[0])
            run_everything(at)
    return at


def give_up_open_orders():
    """Let the carrier end what it has not delivered yet."""
    accepted = Operation.objects.filter(state=OperationState.ACCEPTED, verdict="")
    for order_id in accepted.values_list("carrier_order_id", flat=True):
        HTTP.post(
            f"{django_settings.SANDBOX_CARRIER_URL}/v1/orders/{order_id}/cancel",
            headers={"authorization": f"Bearer {django_settings.SANDBOX_CARRIER_KEY}"},
        )


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
@example(happening=late_refusal("before_refund"))
@example(happening=late_refusal("after_refund"))
@example(happening=UNDELIVERED)
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
        assert violations(at=at + timedelta(hours=9)) == []
