"""Bringing an order's lines to their end: delivery, documents, cancellation."""

import sqlite3
import time

from sandbox.carrier import faults
from sandbox.carrier.answers import Refused
from sandbox.carrier.behaviour import load_behaviour
from sandbox.carrier.orders import Ending, end_line, find_line, find_order, note_change, put_back


def deliver_order(connection: sqlite3.Connection, order_id: str) -> None:
    """Bring every pending line of the order to its end, as far as it has one."""
    for line in connection.execute(
        "SELECT * FROM order_lines WHERE order_id = ? AND status = 'pending'", [order_id]
    ).fetchall():
        deliver_line(connection, line)
    connection.execute("UPDATE orders SET due_at = NULL WHERE id = ?", [order_id])
    note_change(connection, order_id)


def deliver_line(connection: sqlite3.Connection, line: sqlite3.Row) -> None:
    order_id, number, ending = line["order_id"], line["number"], line["ending"]
    if ending == Ending.SUCCESS:
        number_id = hand_over(connection, line)
        end_line(connection, order_id, number, "success", number_id=number_id)
    elif ending == Ending.FAILURE_YET_OWNED:
        hand_over(connection, line)
        fail_line(connection, order_id, number)
    elif ending == Ending.FAILURE:
        fail_line(connection, order_id, number)
        put_back(connection, number)
    elif ending == Ending.DOCUMENTS:
        ask_for_documents(
            connection, order_id, number, "documents_required", "hand in a proof of identity"
        )


def hand_over(connection: sqlite3.Connection, line: sqlite3.Row) -> str:
    """Make the number the customer's and charge for it. Give the carrier's name for it."""
    behaviour = load_behaviour(connection)
    order_id, number = line["order_id"], line["number"]
    reference = connection.execute(
        "SELECT customer_reference FROM orders WHERE id = ?", [order_id]
    ).fetchone()[0]
    charge = connection.execute(
        "INSERT INTO charges (order_id, number, amount) VALUES (?, ?, ?)",
        [order_id, number, line["amount"]],
    )
    number_id = f"num_{charge.lastrowid:08d}"
    lag_ms = behaviour.visibility_lag_ms
    if number.endswith(faults.OWNED_LATER):
        lag_ms = max(lag_ms, behaviour.owned_lag_ms)
    now = time.time()
    connection.execute(
        "INSERT INTO owned (number_id, number, order_id, customer_reference, status, visible_at,"
        " updated_at) VALUES (?, ?, ?, ?, 'active', ?, ?)",
        [number_id, number, order_id, reference, now + lag_ms / 1000, now],
    )
    connection.execute("UPDATE numbers SET status = 'sold' WHERE number = ?", [number])
    return number_id


def fail_line(connection: sqlite3.Connection, order_id: str, number: str) -> None:
    end_line(
        connection,
        order_id,
        number,
        "failure",
        reason="provisioning_failed",
        detail="the number could not be set up",
    )


def ask_for_documents(
    connection: sqlite3.Connection, order_id: str, number: str, reason: str, detail: str
) -> None:
    end_line(connection, order_id, number, "needs_documents", reason=reason, detail=detail)


def hand_in_document(connection: sqlite3.Connection, order_id: str, number: str) -> None:
    """Turn the first document down and approve the second. Raises Refused."""
    line = find_line(connection, order_id, number)
    if line["status"] != "needs_documents":
        raise Refused(422, "invalid", f"{number} needs no documents")
    if line["ending"] == Ending.DOCUMENTS:
        connection.execute(
            "UPDATE order_lines SET ending = ? WHERE order_id = ? AND number = ?",
            [Ending.DOCUMENTS_AGAIN, order_id, number],
        )
        ask_for_documents(
            connection, order_id, number, "documents_rejected", "the document cannot be read"
        )
    else:
        end_line(connection, order_id, number, "success", number_id=hand_over(connection, line))
    note_change(connection, order_id)


def cancel_order(connection: sqlite3.Connection, order_id: str) -> None:
    """Cancel what is still open. Raises Refused if nothing is."""
    find_order(connection, order_id)
    lines = connection.execute(
        "SELECT number FROM order_lines WHERE order_id = ? AND status IN"
        " ('pending', 'needs_documents')",
        [order_id],
    ).fetchall()
    if not lines:
        raise Refused(422, "not_cancellable", "nothing of this order is open any more")
    for line in lines:
        end_line(
            connection,
            order_id,
            line["number"],
            "failure",
            reason="cancelled",
            detail="cancelled by the customer",
        )
        put_back(connection, line["number"])
    connection.execute("UPDATE orders SET due_at = NULL WHERE id = ?", [order_id])
    note_change(connection, order_id)
