"""What the customer owns, and how it is given back."""

import sqlite3
import time

from sandbox.carrier.answers import Refused, format_time
from sandbox.carrier.behaviour import load_behaviour

CYCLE_SECONDS = 30 * 24 * 3600


def describe_owned(row: sqlite3.Row) -> dict[str, object]:
    return {
        "number_id": row["number_id"],
        "number": row["number"],
        "status": row["status"],
        "customer_reference": row["customer_reference"],
        "updated_at": format_time(row["updated_at"]),
    }


def list_owned(connection: sqlite3.Connection, *, cursor: str, limit: int) -> dict[str, object]:
    rows = connection.execute(
        "SELECT * FROM owned WHERE number_id > ? AND visible_at <= ? ORDER BY number_id LIMIT ?",
        [cursor, time.time(), limit + 1],
    ).fetchall()
    return {
        "data": [describe_owned(row) for row in rows[:limit]],
        "next_cursor": rows[limit - 1]["number_id"] if len(rows) > limit else None,
    }


def get_owned(connection: sqlite3.Connection, number: str) -> dict[str, object]:
    """Raises Refused."""
    row = connection.execute(
        "SELECT * FROM owned WHERE number = ? AND visible_at <= ? ORDER BY number_id DESC",
        [number, time.time()],
    ).fetchone()
    if row is None:
        raise Refused(404, "not_found", f"{number} is not yours")
    return describe_owned(row)


def release_number(
    connection: sqlite3.Connection, number: str, customer_reference: str
) -> dict[str, object]:
    """Give the number back, now or at the end of its cycle. Safe to repeat until then.

    Raises Refused if it is not owned. What was given back is not for sale again.
    """
    row = connection.execute(
        "SELECT * FROM owned WHERE number = ? ORDER BY number_id DESC", [number]
    ).fetchone()
    if row is None:
        raise Refused(404, "not_found", f"{number} is not yours")
    if row["status"] == "releasing":
        return {"number": number, "effective_at": format_time(row["effective_at"])}
    now = time.time()
    is_immediate = load_behaviour(connection).release == "immediate"
    effective_at = now if is_immediate else now + CYCLE_SECONDS
    connection.execute(
        "UPDATE owned SET status = 'releasing', effective_at = ?, updated_at = ?"
        " WHERE number_id = ?",
        [effective_at, now, row["number_id"]],
    )
    connection.execute(
        "INSERT INTO releases (number, customer_reference, released_at, effective_at)"
        " VALUES (?, ?, ?, ?)",
        [number, customer_reference, now, effective_at],
    )
    end_releases(connection)
    return {"number": number, "effective_at": format_time(effective_at)}


def end_releases(connection: sqlite3.Connection) -> None:
    for row in connection.execute(
        "DELETE FROM owned WHERE effective_at <= ? RETURNING number", [time.time()]
    ).fetchall():
        connection.execute(
            "UPDATE numbers SET status = 'gone' WHERE number = ?"
            " AND NOT EXISTS (SELECT 1 FROM owned WHERE owned.number = numbers.number)",
            [row["number"]],
        )
