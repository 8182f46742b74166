"""Holds: a number kept for one customer for some minutes."""

import sqlite3
import time
import uuid

from sandbox.carrier.answers import Refused, format_time
from sandbox.carrier.behaviour import load_behaviour


def hold_number(connection: sqlite3.Connection, number: str) -> dict[str, object]:
    """Take the number off sale until the hold lapses or an order names it. Raises Refused."""
    hold_seconds = load_behaviour(connection).hold_seconds
    if not hold_seconds:
        raise Refused(404, "unsupported", "this carrier has no holds")
    held = connection.execute(
        "UPDATE numbers SET status = 'held' WHERE number = ? AND status = 'available'", [number]
    )
    if not held.rowcount:
        raise Refused(422, "not_available", f"not available any more: {number}")
    hold_id = f"hold_{uuid.uuid4().hex}"
    expires_at = time.time() + hold_seconds
    connection.execute("INSERT INTO holds VALUES (?, ?, ?)", [hold_id, number, expires_at])
    return {"id": hold_id, "number": number, "expires_at": format_time(expires_at)}


def drop_hold(connection: sqlite3.Connection, hold_id: str) -> None:
    """Raises Refused."""
    row = connection.execute("SELECT number FROM holds WHERE id = ?", [hold_id]).fetchone()
    if row is None:
        raise Refused(404, "not_found", f"no hold {hold_id}")
    connection.execute("DELETE FROM holds WHERE id = ?", [hold_id])
    offer_again(connection, row["number"])


def end_holds(connection: sqlite3.Connection) -> None:
    for row in connection.execute(
        "DELETE FROM holds WHERE expires_at <= ? RETURNING number", [time.time()]
    ).fetchall():
        offer_again(connection, row["number"])


def offer_again(connection: sqlite3.Connection, number: str) -> None:
    connection.execute(
        "UPDATE numbers SET status = 'available' WHERE number = ? AND status = 'held'", [number]
    )
