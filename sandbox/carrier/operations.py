"""A request that changes something: what goes wrong with it, and what the client gets to see."""

import json
import random
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.carrier.answers import Answer, Manner, Refused, failure
from sandbox.carrier.behaviour import Behaviour, draw_delay_seconds, load_behaviour
from sandbox.carrier.buying import OrderRequest, place_order
from sandbox.carrier.datafile import DataFile
from sandbox.carrier.faults import NOT_AVAILABLE, Attempt, Fault, decide_fault
from sandbox.carrier.orders import describe_order
from sandbox.carrier.owned import release_number

RETRY_AFTER_SECONDS = "1"
WITHOUT_EFFECT = {Fault.TIMEOUT_BEFORE, Fault.ERROR_BEFORE, Fault.BUSY, Fault.LATE_EFFECT}
BUSY = failure(
    429, "rate_limited", "too many requests; not processed", {"Retry-After": RETRY_AFTER_SECONDS}
)
BROKEN = failure(500, "internal_error", "something went wrong on our side")
SILENCE = Answer(0, None, manner=Manner.SILENCE)
RESET = Answer(0, None, manner=Manner.RESET)


Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Carrier:
    data: DataFile
    seed: int


def perform(
    carrier: Carrier,
    kind: str,
    request: Record,
    *,
    customer_reference: str,
    numbers: Sequence[str],
) -> Answer:
    """Do what is asked, as well or as badly as the faults have it."""
    with carrier.data.write() as connection:
        operation_id, fault = begin(connection, kind, customer_reference, numbers)
        behaviour = load_behaviour(connection)
        if kind == "purchase":
            sell_to_others(connection, numbers, behaviour, seed=carrier.seed)
    draw = random.Random(f"latency {carrier.seed} {operation_id}")
    half = draw_delay_seconds(behaviour, behaviour.latency_ms, draw) / 2
    time.sleep(half)
    if fault == Fault.LATE_EFFECT:
        postpone(carrier, kind, request, time.time() + behaviour.late_ms / 1000)
        return SILENCE
    # One half of the resets comes before the effect.
    is_lost = fault in WITHOUT_EFFECT or (fault == Fault.RESET and draw.random() < 0.5)
    answer = BROKEN if is_lost else apply_effect(carrier, kind, request)
    time.sleep(half)
    return spoil(answer, fault)


def begin(
    connection: sqlite3.Connection, kind: str, customer_reference: str, numbers: Sequence[str]
) -> tuple[int, Fault | None]:
    """Count the operation and its tries of each number, and decide its fault."""
    operation_id: int = connection.execute(
        "INSERT INTO operations (kind, customer_reference) VALUES (?, ?) RETURNING id",
        [kind, customer_reference],
    ).fetchone()["id"]
    tries = dict.fromkeys(numbers, 1)
    for number in numbers if kind == "purchase" else []:
        tries[number] = connection.execute(
            "INSERT INTO attempts VALUES (?, 1)"
            " ON CONFLICT DO UPDATE SET count = count + 1 RETURNING count",
            [number],
        ).fetchone()["count"]
        if number.endswith(NOT_AVAILABLE):
            # Another customer was faster, and from now on the feed says so too.
            connection.execute("UPDATE numbers SET status = 'gone' WHERE number = ?", [number])
    fault = decide_fault(connection, Attempt(kind, operation_id, customer_reference, tries))
    connection.execute("UPDATE operations SET fault = ? WHERE id = ?", [fault, operation_id])
    return operation_id, fault


def sell_to_others(
    connection: sqlite3.Connection, numbers: Sequence[str], behaviour: Behaviour, *, seed: int
) -> None:
    """Let another customer have been faster with some numbers, always the same ones of a seed."""
    for number in numbers:
        draw = random.Random(f"taken {seed} {number}")
        if 100 * draw.random() < behaviour.percent_taken:
            connection.execute(
                "UPDATE numbers SET status = 'gone' WHERE number = ? AND status = 'available'",
                [number],
            )


def apply_effect(carrier: Carrier, kind: str, request: Record) -> Answer:
    """Carry the request out in one transaction."""
    try:
        with carrier.data.write() as connection:
            return EFFECTS[kind](connection, request, carrier.seed)
    except Refused as refusal:
        return refusal.answer()


def purchase(connection: sqlite3.Connection, request: Record, seed: int) -> Answer:
    wanted = OrderRequest(
        request["customer_reference"], tuple(request["numbers"]), tuple(request.get("holds", ()))
    )
    order_id = place_order(connection, wanted, seed=seed)
    return Answer(201, describe_order(connection, order_id))


def release(connection: sqlite3.Connection, request: Record, seed: int) -> Answer:
    reference = request["customer_reference"]
    return Answer(200, release_number(connection, request["number"], reference))


EFFECTS: dict[str, Callable[[sqlite3.Connection, Record, int], Answer]] = {
    "purchase": purchase,
    "release": release,
}


def spoil(answer: Answer, fault: Fault | None) -> Answer:
    """Give what the client gets to see instead of this answer."""
    match fault:
        case Fault.TIMEOUT_BEFORE | Fault.TIMEOUT_AFTER | Fault.LATE_EFFECT:
            return SILENCE
        case Fault.ERROR_BEFORE | Fault.ERROR_AFTER:
            return BROKEN
        case Fault.BUSY:
            return BUSY
        case Fault.RESET:
            return RESET
        case Fault.MALFORMED:
            return replace(answer, manner=Manner.CUT)
        case Fault.EMPTY:
            return replace(answer, manner=Manner.EMPTY)
        case Fault.SLOW:
            return replace(answer, manner=Manner.DRIP)
        case _:
            return answer


def spoil_read(carrier: Carrier, answer: Answer) -> Answer:
    """Trouble a read, if faults are asked for reads."""
    with carrier.data.write() as connection:
        fault = begin(connection, "read", "", [])[1]
    return spoil(answer, fault)


def postpone(carrier: Carrier, kind: str, request: Record, due_at: float) -> None:
    with carrier.data.write() as connection:
        connection.execute(
            "INSERT INTO late_effects (kind, request, due_at) VALUES (?, ?, ?)",
            [kind, json.dumps(dict(request)), due_at],
        )


def apply_late_effects(carrier: Carrier) -> None:
    due = (
        carrier.data.read()
        .execute("SELECT * FROM late_effects WHERE due_at <= ? ORDER BY id", [time.time()])
        .fetchall()
    )
    for late in due:
        with carrier.data.write() as connection:
            deleted = connection.execute("DELETE FROM late_effects WHERE id = ?", [late["id"]])
            if deleted.rowcount:
                try:
                    EFFECTS[late["kind"]](connection, json.loads(late["request"]), carrier.seed)
                except Refused:
                    # Somebody else has the number by now, and nobody waits for an answer.
                    continue
