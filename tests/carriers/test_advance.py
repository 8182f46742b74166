"""Buying from the sandbox, whose numbers choose by their last four digits what goes wrong."""

import time
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from carriers import connecting, operations
from carriers.driver import E164, SearchQuery
from carriers.models import Connection, Operation, OperationState
from carriers.registry import get_driver
from lifecycle.actors import SYSTEM
from lifecycle.models import Overtaken
from tests.carriers.factories import make_connection, make_purchase
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)


@pytest.fixture
def buy(tenant, sandbox_carrier):
    """Plan the purchase of a number of Arkansas 501 that ends in these four digits."""

    def plan(line):
        connection = make_connection()
        wanted = SearchQuery("US", npa="501", ends_with=line, limit=1)
        [offer] = get_driver(connection).search(wanted)
        return make_purchase(offer.number[1:], tenant=tenant, connection=connection)

    return plan


@pytest.fixture
def advance(at):
    """Take a step as another worker would, so many minutes after noon."""

    def take_step(operation, minutes=0):
        fresh = Operation.objects.select_related("connection").get(pk=operation.pk)
        progress = operations.advance(fresh, at=at + minutes * MINUTE)
        operation.refresh_from_db()
        return progress

    return take_step


def bought(sandbox_carrier, operation):
    """How often the carrier has charged for the number."""
    charges = sandbox_carrier.get("/sandbox/truth")["charges"]
    return [charge["number"] for charge in charges].count(f"+{operation.digits}")


@pytest.mark.parametrize("line", ["0118", "0111", "0112", "0120"])
def test_what_the_carrier_sold_is_delivered_once(buy, advance, sandbox_carrier, line):
    operation = buy(line)

    first = advance(operation)
    progress = advance(operation, 1)

    assert first.state in {"delivered", "unknown"}
    assert progress.state == "delivered"
    assert progress.carrier_number_id.startswith("num_")
    assert bought(sandbox_carrier, operation) == 1


def test_key_that_cannot_be_read_any_more_waits_for_staff(buy, advance, sandbox_carrier, settings):
    operation = buy("0118")
    connecting.replace_key(
        operation.connection, settings.SANDBOX_CARRIER_KEY, actor=SYSTEM, at=NOON
    )
    settings.SECRET_KEY = "another secret, which is long enough to be one"

    progress = advance(operation)

    assert progress.state == "sent_again_later"
    assert operation.state == OperationState.PLANNED
    assert "Enter it again" in Connection.objects.get().health
    assert bought(sandbox_carrier, operation) == 0


def test_silence_is_sent_again_only_after_the_quarantine(buy, advance, sandbox_carrier):
    operation = buy("0110")

    assert advance(operation).state == "unknown"
    assert operation.state == OperationState.UNKNOWN
    assert advance(operation).state == "unknown"
    assert bought(sandbox_carrier, operation) == 0
    assert advance(operation, 1).state == "sent_again_later"
    assert operation.state == OperationState.PLANNED
    assert advance(operation, 1).state == "delivered"
    assert (operation.sendings, operation.silences) == (2, 1)
    assert bought(sandbox_carrier, operation) == 1


def test_a_busy_carrier_is_asked_again_when_it_says(buy, advance):
    operation = buy("0113")

    progress = advance(operation)

    assert (progress.state, progress.retry_after) == (
        "sent_again_later",
        timedelta(seconds=1),
    )
    assert operation.state == OperationState.PLANNED
    assert advance(operation).state == "delivered"


def test_a_refusal_says_why_and_whether_the_number_is_gone(buy, advance):
    progress = advance(buy("0114"))

    assert (progress.state, progress.is_gone) == ("refused", True)
    assert progress.reason == "Somebody else bought this number first."


def test_our_empty_account_is_not_the_customers_business(buy, advance):
    operation = buy("0115")

    progress = advance(operation)

    assert (progress.state, progress.is_gone) == ("refused", False)
    assert progress.reason == "The carrier could not deliver this number."
    assert "insufficient_funds" in operation.carrier_reason
    assert Connection.objects.get().is_healthy is False


def test_a_verdict_is_told_again_without_asking(buy, advance, sandbox_carrier):
    operation = buy("0114")
    first = advance(operation)
    asked = len(sandbox_carrier.get("/sandbox/truth")["operations"])

    assert advance(operation) == first
    assert len(sandbox_carrier.get("/sandbox/truth")["operations"]) == asked


def test_pending_is_followed_until_it_ends(buy, advance):
    operation = buy("0116")

    assert [advance(operation, minutes).state for minutes in (0, 5, 600)] == ["pending"] * 3
    assert operation.state == OperationState.ACCEPTED


def test_a_failure_is_not_believed_when_we_own_the_number(buy, advance):
    operation = buy("0119")

    progress = advance(operation)

    assert progress.state == "delivered"
    assert progress.carrier_number_id.startswith("num_")


def test_a_failure_is_doubted_until_the_carrier_would_list_the_number(
    buy, advance, sandbox_carrier
):
    sandbox_carrier.post("/sandbox/speed", visibility_lag_ms=60_000)
    operation = buy("0119")

    assert [advance(operation, minutes).state for minutes in (0, 0.5)] == ["pending"] * 2
    sandbox_carrier.post("/sandbox/speed", visibility_lag_ms=0)
    assert advance(operation, 1).state == "refused"


def test_documents_are_asked_for_until_they_are_approved(buy, advance, sandbox_carrier):
    operation = buy("0121")

    needed = advance(operation)
    sandbox_carrier.post("/sandbox/deliver")
    turned_down = advance(operation, 1)
    sandbox_carrier.post("/sandbox/deliver")

    assert [needed.state, turned_down.state] == ["needs_documents"] * 2
    assert "documents" in needed.reason
    assert advance(operation, 2).state == "delivered"


def test_a_worker_that_died_after_sending_left_the_outcome_unknown(buy, advance, sandbox_carrier):
    operation = buy("0117")
    die_after_sending(operation, sandbox_carrier)

    assert advance(operation, 1).state == "delivered"
    assert operation.silences == 1
    assert bought(sandbox_carrier, operation) == 1


def die_after_sending(operation, sandbox_carrier):
    """Leave what a killed worker leaves: the carrier has sold, and we only know that we asked."""
    operation.move_to(OperationState.SENT, at=NOON, sent_at=NOON, sendings=1)
    get_driver(operation.connection).purchase(
        [E164(f"+{operation.digits}")], reference=operation.reference
    )


def test_no_refusal_is_believed_while_an_earlier_attempt_may_have_worked(
    buy, advance, sandbox_carrier
):
    """The second sending is refused as sold, and lists show only later that it is sold to us."""
    operation = buy("0111")
    sandbox_carrier.post("/sandbox/speed", visibility_lag_ms=2_000)
    assert advance(operation).state == "unknown"
    assert advance(operation, 1).state == "sent_again_later"

    assert advance(operation, 1).state == "unknown"

    wait_for_lists(sandbox_carrier, operation)
    assert advance(operation, 1.5).state == "delivered"
    assert bought(sandbox_carrier, operation) == 1


def test_refusal_after_silence_is_believed_after_the_quarantine(buy, advance, sandbox_carrier):
    sandbox_carrier.post("/sandbox/faults", rules=[{"kind": "timeout_before", "nth": 1}])
    operation = buy("0114")

    states = [advance(operation, minutes).state for minutes in (0, 1, 1, 1.1, 2)]

    assert states == ["unknown", "sent_again_later", "unknown", "unknown", "refused"]
    assert (operation.sendings, operation.silences) == (2, 1)


def wait_for_lists(sandbox_carrier, operation):
    driver = get_driver(operation.connection)
    deadline = time.monotonic() + 5
    while not driver.find_order(operation.reference) and time.monotonic() < deadline:
        time.sleep(0.1)


def test_after_many_silences_it_stays_with_staff(buy, advance, sandbox_carrier):
    sandbox_carrier.post("/sandbox/faults", rules=[{"kind": "timeout_before"}])
    operation = buy("0117")
    minutes = [minute for sending in range(1, 5) for minute in (sending, sending)]

    states = [advance(operation, minute).state for minute in [0, *minutes, 5, 600]]

    assert operation.silences == operations.MAX_SILENCES == 5
    assert states == ["unknown", "sent_again_later"] * 4 + ["unknown"] * 3
    assert operation.state == OperationState.UNKNOWN
    assert bought(sandbox_carrier, operation) == 0


def test_nothing_is_sent_while_buying_is_off(buy, advance, sandbox_carrier):
    operation = buy("0117")
    connecting.switch_buying(operation.connection, is_allowed=False, actor=SYSTEM, at=NOON)

    progress = advance(operation)

    assert (progress.state, operation.state) == ("sent_again_later", OperationState.PLANNED)
    assert not bought(sandbox_carrier, operation)


def test_a_wrong_key_changes_nothing_and_alarms(buy, advance):
    operation = buy("0117")
    connecting.replace_key(operation.connection, "not the key", actor=SYSTEM, at=NOON)

    progress = advance(operation)

    assert (progress.state, operation.state) == ("sent_again_later", OperationState.PLANNED)
    assert Connection.objects.get().health.startswith("AuthFailed")


def test_a_carrier_that_is_not_there_changes_nothing(buy, advance, settings):
    operation = buy("0117")
    settings.SANDBOX_CARRIER_URL = "http://127.0.0.1:9"

    assert advance(operation).state == "sent_again_later"
    assert operation.last_error.startswith("NotSent")


def test_a_number_is_bought_by_one_operation_at_a_time(buy):
    buy("0117")

    with pytest.raises(IntegrityError, match="one_open_purchase"), transaction.atomic():
        buy("0117")


@pytest.mark.parametrize("done", [True, False])
def test_settling_ends_it_for_good(buy, advance, at, done):
    operation = buy("0117")
    advance(operation)

    operations.settle(operation, done=done, at=at)

    assert operation.state == ("done" if done else "refused")
    with pytest.raises(Overtaken):
        advance(operation)


def test_the_loser_of_two_workers_hears_of_it(buy, advance, at):
    operation = buy("0116")
    mine = Operation.objects.get(pk=operation.pk)
    advance(operation)

    with pytest.raises(Overtaken):
        operations.advance(mine, at=at)
