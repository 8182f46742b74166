"""Random faults and crashes, always the same for one seed: nothing is bought twice or lost."""

import random
from datetime import timedelta

import pytest

from carriers import operations
from carriers.driver import SearchQuery
from carriers.models import Operation
from carriers.registry import get_driver
from tests.carriers.factories import make_connection, make_purchase

NUMBERS = 12
ROUNDS = 12
KINDS = ["timeout_before", "timeout_after", "500_before", "500_after", "429", "malformed"]
KINDS += ["empty", "reset"]


class Crashed(BaseException):
    """What `kill -9` is to a worker; nothing in between can catch it."""


@pytest.fixture
def operations_of_twelve(tenant, sandbox_carrier):
    connection = make_connection()
    wanted = SearchQuery("US", region="TX", limit=NUMBERS)
    offers = get_driver(connection).search(wanted)
    return [
        make_purchase(offer.number[1:], tenant=tenant, connection=connection) for offer in offers
    ]


@pytest.fixture(params=[True, False], ids=["refuses-twice", "sells-twice"])
def faulty_carrier(request, sandbox_carrier):
    """A carrier of either kind; what it sells twice, it sells twice for this test alone."""
    sandbox_carrier.post("/sandbox/speed", exact_number_unique=request.param)
    yield sandbox_carrier
    sandbox_carrier.post("/sandbox/speed", exact_number_unique=True)


@pytest.mark.parametrize("seed", range(6))
def test_every_purchase_ends_with_one_charge_or_none(
    operations_of_twelve, faulty_carrier, at, monkeypatch, seed
):
    draw = random.Random(seed)
    faulty_carrier.post(
        "/sandbox/faults", rate=0.5, seed=seed, kinds=KINDS, operations=["purchase", "read"]
    )
    monkeypatch.setattr(operations, "crash_here", lambda name: crash_by_chance(draw))
    final: dict[int, str] = {}
    for minute in range(ROUNDS):
        final |= advance_all(operations_of_twelve, final, at + timedelta(minutes=minute))

    faulty_carrier.post("/sandbox/faults", rate=0)
    monkeypatch.setattr(operations, "crash_here", lambda name: None)
    for minute in range(ROUNDS, ROUNDS * 2):
        final |= advance_all(operations_of_twelve, final, at + timedelta(minutes=minute))

    charged = [charge["number"] for charge in faulty_carrier.get("/sandbox/truth")["charges"]]
    assert len(charged) == len(set(charged))
    bought = {
        operation.pk for operation in operations_of_twelve if f"+{operation.digits}" in charged
    }
    assert {pk for pk, state in final.items() if state == "delivered"} == bought
    assert_rest_is_with_staff(operations_of_twelve, final)


def crash_by_chance(draw):
    if draw.random() < 0.1:
        raise Crashed


def advance_all(planned, final, at):
    """Take each purchase that is open a step further, and return those that have ended."""
    ended = {}
    for operation in planned:
        if operation.pk in final:
            continue
        fresh = Operation.objects.select_related("connection").get(pk=operation.pk)
        try:
            progress = operations.advance(fresh, at=at)
        except Crashed:
            continue
        if progress.state in {"delivered", "refused"}:
            ended[operation.pk] = progress.state
    return ended


def assert_rest_is_with_staff(planned, final):
    open_still = Operation.objects.filter(pk__in=[one.pk for one in planned]).exclude(pk__in=final)
    assert [
        (operation.state, operation.silences)
        for operation in open_still
        if operation.silences < operations.MAX_SILENCES
    ] == []
