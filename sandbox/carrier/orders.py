"""Orders as they are recorded and shown."""

import sqlite3
import time
from enum import StrEnum

from sandbox.carrier import webhooks
from sandbox.carrier.answers import Refused, format_money, format_time


class Ending(StrEnum):
    """How a line will end when its order is delivered, decided when the order is placed."""

    SUCCESS = "success"
    FAILURE = "failure"
    FAILURE_YET_OWNED = "failure_yet_owned"
    NEVER = "never"
    DOCUMENTS = "documents"
    # The first document was turned down.
    DOCUMENTS_AGAIN = "documents_again"


def list_orders(connection: sqlite3.Connection, customer_reference: str) -> list[dict[str, object]]:
    """Give the orders with this reference that lists show by now, the oldest first."""
    rows = connection.execute(
        "SELECT id FROM orders WHERE customer_reference = ? AND visible_at <= ? ORDER BY id",
        [customer_reference, time.time()],
    ).fetchall()
    return [describe_order(connection, row["id"]) for row in rows]


def describe_order(connection: sqlite3.Connection, order_id: str) -> dict[str, object]:
    """Give the order as the interface shows it. Raises Refused."""
    order = find_order(connection, order_id)
    lines = connection.execute(
        "SELECT * FROM order_lines WHERE order_id = ? ORDER BY number", [order_id]
    ).fetchall()
    return {
        "id": order_id,
        "customer_reference": order["customer_reference"],
        "status": sum_up([line["status"] for line in lines]),
        "created_at": format_time(order["created_at"]),
        "revision": order["revision"],
        "numbers": [
            {name: line[name] for name in ("number", "status", "number_id", "reason", "detail")}
            for line in lines
        ],
        "amount": format_money(
            sum(line["amount"] for line in lines if line["status"] != "failure")
        ),
        "currency": "USD",
    }


def sum_up(statuses: list[str]) -> str:
    if {"pending", "needs_documents"} & set(statuses):
        return "pending"
    return statuses[0] if len(set(statuses)) == 1 else "partial"


def find_order(connection: sqlite3.Connection, order_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM orders WHERE id = ?", [order_id]
    ).fetchone()
    if row is None:
        raise Refused(404, "not_found", f"no order {order_id}")
    return row


def find_line(connection: sqlite3.Connection, order_id: str, number: str) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM order_lines WHERE order_id = ? AND number = ?", [order_id, number]
    ).fetchone()
    if row is None:
        raise Refused(404, "not_found", f"order {order_id} has no number {number}")
    return row


def end_line(
    connection: sqlite3.Connection,
    order_id: str,
    number: str,
    status: str,
    *,
    number_id: str | None = None,
    reason: str | None = None,
    detail: str | None = None,
) -> None:
    connection.execute(
        "UPDATE order_lines SET status = ?, number_id = ?, reason = ?, detail = ?"
        " WHERE order_id = ? AND number = ?",
        [status, number_id, reason, detail, order_id, number],
    )


def put_back(connection: sqlite3.Connection, number: str) -> None:
    connection.execute(
        "UPDATE numbers SET status = 'available' WHERE number = ? AND status = 'ordered'", [number]
    )


def note_change(connection: sqlite3.Connection, order_id: str) -> None:
    connection.execute("UPDATE orders SET revision = revision + 1 WHERE id = ?", [order_id])
    webhooks.emit(connection, "order.updated", describe_order(connection, order_id))
