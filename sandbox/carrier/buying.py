"""Placing an order: which of its numbers are to be had, and how each will end."""

import random
import sqlite3
import time
from dataclasses import dataclass

from sandbox.carrier import faults, webhooks
from sandbox.carrier.answers import Refused
from sandbox.carrier.behaviour import Behaviour, draw_delay_seconds, load_behaviour
from sandbox.carrier.delivering import deliver_order
from sandbox.carrier.orders import Ending, describe_order, end_line

MAGIC_ENDINGS = {
    faults.PENDING_FOR_EVER: Ending.NEVER,
    faults.FAILED_YET_OWNED: Ending.FAILURE_YET_OWNED,
    faults.NEEDS_DOCUMENTS: Ending.DOCUMENTS,
}
LARGEST_ORDER = 1000


@dataclass(frozen=True, slots=True)
class OrderRequest:
    customer_reference: str
    numbers: tuple[str, ...]
    holds: tuple[str, ...] = ()


def place_order(connection: sqlite3.Connection, request: OrderRequest, *, seed: int) -> str:
    """Take the numbers off sale for this order and give its id.

    What another has taken fails on its own line. Raises Refused if none is left, or if funds are.
    """
    behaviour = load_behaviour(connection)
    prices = find_prices(connection, request, behaviour)
    if any(number.endswith(faults.INSUFFICIENT_FUNDS) for number in request.numbers):
        raise Refused(422, "insufficient_funds", "the balance does not cover this order")
    if not prices:
        numbers = ", ".join(request.numbers)
        raise Refused(422, "not_available", f"not available any more: {numbers}")

    count = connection.execute("SELECT count(*) FROM orders").fetchone()[0]
    order_id = f"ord_{count + 1:08d}"
    now = time.time()
    delay = 0.0
    if behaviour.purchase == "async":
        draw = random.Random(f"delivery {seed} {order_id}")
        delay = draw_delay_seconds(behaviour, behaviour.delivery_ms, draw)
    connection.execute(
        "INSERT INTO orders (id, customer_reference, created_at, visible_at, due_at)"
        " VALUES (?, ?, ?, ?, ?)",
        [
            order_id,
            request.customer_reference,
            now,
            now + behaviour.visibility_lag_ms / 1000,
            now + delay,
        ],
    )
    draw = random.Random(f"failure {seed} {order_id}")
    fails = 100 * draw.random() < behaviour.percent_failing
    add_lines(connection, order_id, request, prices, fails=fails)
    webhooks.emit(connection, "order.created", describe_order(connection, order_id))
    if not delay:
        deliver_order(connection, order_id)
    return order_id


def find_prices(
    connection: sqlite3.Connection, request: OrderRequest, behaviour: Behaviour
) -> dict[str, int]:
    """Give what each number costs that may be bought by this order."""
    prices = {}
    for number in request.numbers:
        row = connection.execute(
            "SELECT monthly + setup AS price, status FROM numbers WHERE number = ?", [number]
        ).fetchone()
        if row and (
            row["status"] == "available"
            or (row["status"] == "held" and use_hold(connection, number, request.holds))
            or (row["status"] in {"ordered", "sold"} and not behaviour.exact_number_unique)
        ):
            prices[number] = row["price"]
    return prices


def use_hold(connection: sqlite3.Connection, number: str, holds: tuple[str, ...]) -> bool:
    return any(
        connection.execute("DELETE FROM holds WHERE id = ? AND number = ?", [hold, number]).rowcount
        for hold in holds
    )


def choose_failing(numbers: list[str]) -> set[str]:
    """Give the half that fails of an order of several with a number ending in 0117, it first."""
    if len(numbers) < 2 or not any(number.endswith(faults.HALF_FAILS) for number in numbers):
        return set()
    ordered = sorted(numbers, key=lambda number: not number.endswith(faults.HALF_FAILS))
    return set(ordered[: len(numbers) // 2])


def add_lines(
    connection: sqlite3.Connection,
    order_id: str,
    request: OrderRequest,
    prices: dict[str, int],
    *,
    fails: bool,
) -> None:
    failing = set(prices) if fails else choose_failing(list(prices))
    for number in request.numbers:
        if number not in prices:
            add_line(connection, order_id, number, Ending.FAILURE)
            detail = "not available any more"
            end_line(connection, order_id, number, "failure", reason="not_available", detail=detail)
            continue
        ending = MAGIC_ENDINGS.get(number[-4:], Ending.SUCCESS)
        if number in failing:
            ending = Ending.FAILURE
        add_line(connection, order_id, number, ending, amount=prices[number])
        connection.execute("UPDATE numbers SET status = 'ordered' WHERE number = ?", [number])


def add_line(
    connection: sqlite3.Connection, order_id: str, number: str, ending: Ending, *, amount: int = 0
) -> None:
    connection.execute(
        "INSERT INTO order_lines (order_id, number, amount, ending, status)"
        " VALUES (?, ?, ?, ?, 'pending')",
        [order_id, number, amount, ending],
    )
