"""Asking a carrier for something once, although networks, carriers and our workers fail.

An operation is written in the transaction of the order it serves. A worker later commits that it
is about to be sent, and only then calls the carrier, with no transaction open. What the carrier
answers is written down before anything is made of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from carriers import health
from carriers.driver import (
    E164,
    AuthFailed,
    CarrierDriver,
    CarrierError,
    CarrierOrder,
    CarrierOrderLine,
    LineStatus,
    NotSent,
    Refusal,
    Rejected,
    Throttled,
    Unsupported,
)
from carriers.models import Connection, Operation, OperationKind, OperationState
from carriers.progress import (
    WAITS_FOR_DOCUMENTS,
    Progress,
    State,
    refusal_in,
    tell_verdict,
    verdict_of,
    verdict_on,
)
from carriers.registry import get_driver
from lifecycle.clock import shortened
from lifecycle.models import Overtaken
from tenants.models import Tenant
from work.crashing import crash_here

# How often a purchase may stay unanswered before a person must look at it.
MAX_SILENCES = 5
BUYING_IS_OFF = shortened(timedelta(minutes=1))
NOT_LET_IN = shortened(timedelta(minutes=5))
WITH_STAFF = shortened(timedelta(hours=1))
# Of several orders under one reference, the one that tells most.
BEST_FIRST = [
    LineStatus.DELIVERED,
    LineStatus.NEEDS_DOCUMENTS,
    LineStatus.PENDING,
    LineStatus.UNKNOWN,
    LineStatus.FAILED,
]


@dataclass(frozen=True, slots=True)
class Purchase:
    """A number to be bought; `reference` is that of its order line."""

    reference: UUID
    connection: Connection
    digits: str


def plan_purchases(
    purchases: Iterable[Purchase], *, tenant: Tenant | None, at: datetime
) -> list[Operation]:
    """Write down what is to be bought, in the transaction of the order lines.

    Raises IntegrityError if one of the numbers is being bought already.
    """
    return Operation.objects.bulk_create(
        Operation(
            state_changed_at=at,
            reference=purchase.reference,
            kind=OperationKind.PURCHASE,
            connection=purchase.connection,
            tenant=tenant,
            digits=purchase.digits,
            created_at=at,
        )
        for purchase in purchases
    )


def advance(operation: Operation, *, at: datetime) -> Progress:
    """Take an operation as far as it goes now: send it, or find out what has become of it.

    Call outside any transaction, under a lease. Raises Overtaken if another worker moved it.
    Settling it is the caller's, together with the effects.
    """
    if not operation.is_open:
        raise Overtaken(f"{operation} is {operation.state}")
    if operation.verdict:
        return tell_verdict(operation)
    try:
        driver = get_driver(operation.connection)
    except AuthFailed as error:
        return _wait_for_key(operation, error, at=at)
    if operation.state == OperationState.PLANNED:
        return _send(operation, driver, at=at)
    if operation.state == OperationState.SENT:
        # Whoever sent it has died: as good as silence.
        _fall_silent(operation, "The worker died after sending.", at=at)
    return _follow_up(operation, driver, at=at)


def settle(operation: Operation, *, done: bool, at: datetime) -> None:
    """Close an operation, in the transaction of what follows from it. Raises Overtaken."""
    operation.move_to(OperationState.DONE if done else OperationState.REFUSED, at=at)


def _send(operation: Operation, driver: CarrierDriver, *, at: datetime) -> Progress:
    """Call the carrier, with the fact that we do so already on disk."""
    if not operation.connection.is_buying_allowed:
        return Progress("sent_again_later", retry_after=BUYING_IS_OFF)
    with transaction.atomic(durable=True):
        sendings = operation.sendings + 1
        operation.move_to(OperationState.SENT, at=at, sent_at=at, sendings=sendings)
    crash_here("before_carrier_post")
    try:
        order = driver.purchase([E164(f"+{operation.digits}")], reference=operation.reference)
    except (NotSent, Throttled, AuthFailed) as error:
        return _take_back(operation, error, at=at)
    except (Rejected, Unsupported) as error:
        return _doubt_refusal(operation, driver, error, at=at)
    except CarrierError as error:
        crash_here("after_carrier_post")
        _fall_silent(operation, f"{type(error).__name__}: {error}", at=at)
        return Progress("unknown")
    crash_here("after_carrier_post")
    return _learn(operation, driver, [order], at=at)


def _wait_for_key(operation: Operation, error: AuthFailed, *, at: datetime) -> Progress:
    health.mark_unhealthy(operation.connection, str(error), at=at)
    is_unsent = operation.state == OperationState.PLANNED
    state: State = "sent_again_later" if is_unsent else _waiting_state(operation)
    return Progress(state, retry_after=NOT_LET_IN)


def _take_back(operation: Operation, error: CarrierError, *, at: datetime) -> Progress:
    """Plan anew what the carrier certainly has not done."""
    if isinstance(error, AuthFailed):
        health.mark_unhealthy(operation.connection, f"AuthFailed: {error}", at=at)
    operation.move_to(OperationState.PLANNED, at=at, last_error=_line(error))
    retry_after = NOT_LET_IN if isinstance(error, AuthFailed) else None
    if isinstance(error, Throttled):
        retry_after = error.retry_after
    return Progress("sent_again_later", retry_after=retry_after)


def _fall_silent(operation: Operation, why: str, *, at: datetime) -> None:
    operation.move_to(
        OperationState.UNKNOWN, at=at, silences=operation.silences + 1, last_error=why[:500]
    )


def _doubt_refusal(
    operation: Operation, driver: CarrierDriver, error: CarrierError, *, at: datetime
) -> Progress:
    """Believe a no only after looking: "not available" may mean that we have it already."""
    refusal = error.refusal if isinstance(error, Rejected) else Refusal.OTHER
    try:
        found = _look_up(operation, driver)
    except CarrierError as unanswered:
        return _wait_for_lists(operation, error, _line(unanswered), at=at)
    if found:
        return _learn(operation, driver, found, at=at)
    if operation.silences and not _is_out_of_quarantine(operation, operation.sent_at, at=at):
        # An attempt nobody answered may have bought it, and not be listed yet.
        return _wait_for_lists(operation, error, f"Refused after silence: {error}", at=at)
    return _believe_refusal(operation, refusal, reason=str(error)[:200], at=at)


def _wait_for_lists(
    operation: Operation, refusal: CarrierError, why: str, *, at: datetime
) -> Progress:
    """Keep a no in mind until the carrier's lists would show that we have the number after all."""
    reason = str(refusal)[:200]
    operation.move_to(OperationState.UNKNOWN, at=at, carrier_reason=reason, last_error=why)
    return Progress("unknown")


def _believe_refusal(
    operation: Operation, refusal: Refusal, *, reason: str, at: datetime
) -> Progress:
    _note(operation, carrier_reason=reason, verdict=verdict_on(refusal))
    _note_shortage(operation, refusal, at=at)
    return tell_verdict(operation)


def _follow_up(operation: Operation, driver: CarrierDriver, *, at: datetime) -> Progress:
    """Find out what a request has left at the carrier; plan it anew if certainly nothing."""
    try:
        found = _look_up(operation, driver)
    except CarrierError as error:
        _note(operation, last_error=_line(error))
        return Progress(_waiting_state(operation), retry_after=_retry_after(error))
    if found:
        return _learn(operation, driver, found, at=at)
    is_absent = _is_out_of_quarantine(operation, operation.sent_at, at=at)
    if operation.state == OperationState.ACCEPTED or not is_absent:
        return Progress(_waiting_state(operation))
    if reason := operation.carrier_reason:
        return _believe_refusal(operation, refusal_in(reason), reason=reason, at=at)
    if operation.silences >= MAX_SILENCES:
        return Progress("unknown", retry_after=WITH_STAFF)
    operation.move_to(OperationState.PLANNED, at=at)
    return Progress("sent_again_later", retry_after=timedelta(0))


def _look_up(operation: Operation, driver: CarrierDriver) -> list[CarrierOrder]:
    """Return the orders that carry our reference, or the number itself if we own it under it."""
    known = driver.get_order(operation.carrier_order_id) if operation.carrier_order_id else None
    found = [known] if known else driver.find_order(operation.reference)
    ours = [order for order in found if order.line_of(E164(f"+{operation.digits}"))]
    return ours or _as_order(operation, driver)


def _as_order(operation: Operation, driver: CarrierDriver) -> list[CarrierOrder]:
    number = E164(f"+{operation.digits}")
    owned = driver.get_owned(number)
    if owned is None or owned.reference != str(operation.reference):
        return []
    line = CarrierOrderLine(number, LineStatus.DELIVERED, owned.raw_status, owned.number_id)
    return [CarrierOrder("", owned.reference, owned.raw_status, [line])]


def _learn(
    operation: Operation, driver: CarrierDriver, orders: Iterable[CarrierOrder], *, at: datetime
) -> Progress:
    """Write down what the carrier says of our number, and what that comes to."""
    number = E164(f"+{operation.digits}")
    lines = [(order, line) for order in orders if (line := order.line_of(number))]
    if not lines:
        _fall_silent(operation, "The carrier's order does not name our number.", at=at)
        return Progress("unknown")
    order, line = min(lines, key=lambda found: BEST_FIRST.index(found[1].status))
    if line.status == LineStatus.FAILED:
        return _doubt_failure(operation, driver, order, line, at=at)
    _accept(operation, order, line, at=at, verdict=verdict_of(line))
    if operation.verdict:
        return tell_verdict(operation)
    if line.status == LineStatus.NEEDS_DOCUMENTS:
        return Progress("needs_documents", reason=WAITS_FOR_DOCUMENTS)
    return Progress("pending")


def _doubt_failure(
    operation: Operation,
    driver: CarrierDriver,
    order: CarrierOrder,
    line: CarrierOrderLine,
    *,
    at: datetime,
) -> Progress:
    """Believe that an order has failed once the carrier would list the number, had we got it."""
    try:
        owned = _as_order(operation, driver)
    except CarrierError as error:
        _accept(operation, order, line, at=at, last_error=_line(error))
        return Progress("pending", retry_after=_retry_after(error))
    if owned:
        [line] = owned[0].lines
    seen_at = operation.failure_seen_at or at
    is_certain = owned or _is_out_of_quarantine(operation, seen_at, at=at)
    verdict = verdict_of(line) if is_certain else ""
    _accept(operation, order, line, at=at, verdict=verdict, failure_seen_at=seen_at)
    return tell_verdict(operation) if verdict else Progress("pending")


def _accept(
    operation: Operation,
    order: CarrierOrder,
    line: CarrierOrderLine,
    *,
    at: datetime,
    verdict: str = "",
    last_error: str = "",
    failure_seen_at: datetime | None = None,
) -> None:
    learned: dict[str, str | datetime | None] = {
        "carrier_order_id": order.order_id or operation.carrier_order_id,
        "carrier_number_id": line.number_id,
        "carrier_status": line.raw_status,
        "carrier_reason": line.detail,
        "verdict": verdict,
        "last_error": last_error,
        "failure_seen_at": failure_seen_at or operation.failure_seen_at,
    }
    if operation.state == OperationState.ACCEPTED:
        _note(operation, **learned)
    else:
        operation.move_to(OperationState.ACCEPTED, at=at, **learned)


def _note(operation: Operation, **learned: str | datetime | None) -> None:
    """Write what does not change the state. Raises Overtaken if another worker has moved it."""
    this_row = Operation.objects.filter(pk=operation.pk, version=operation.version)
    if not this_row.update(**learned):
        raise Overtaken(f"{operation} has been moved by another worker")
    for field, value in learned.items():
        setattr(operation, field, value)


def _note_shortage(operation: Operation, refusal: Refusal, *, at: datetime) -> None:
    if refusal == Refusal.INSUFFICIENT_FUNDS:
        health.mark_unhealthy(operation.connection, "Our balance there is used up.", at=at)


def _waiting_state(operation: Operation) -> State:
    return "pending" if operation.state == OperationState.ACCEPTED else "unknown"


def _is_out_of_quarantine(operation: Operation, since: datetime | None, *, at: datetime) -> bool:
    """Tell whether the carrier would list by now what it did at `since`."""
    assert since
    return since <= at - timedelta(seconds=operation.connection.quarantine_seconds)


def _retry_after(error: CarrierError) -> timedelta | None:
    return error.retry_after if isinstance(error, Throttled) else None


def _line(error: CarrierError) -> str:
    return f"{type(error).__name__}: {error}"[:500]
