"""What a test may ask of the sandbox: its truth, its speed, its faults, a clean start."""

import math
import sqlite3
from dataclasses import asdict

from sandbox.carrier import faults
from sandbox.carrier.answers import format_money, format_time
from sandbox.carrier.clock import deliver_due
from sandbox.carrier.datafile import HAPPENINGS
from sandbox.carrier.delivering import hand_in_document
from sandbox.carrier.operations import Carrier, apply_late_effects
from sandbox.carrier.orders import describe_order


def tell_truth(connection: sqlite3.Connection) -> dict[str, object]:
    """Give all that has happened, without lag, from one moment."""
    connection.execute("BEGIN")
    try:
        return {
            "orders": [
                describe_order(connection, row["id"])
                for row in connection.execute("SELECT id FROM orders ORDER BY id").fetchall()
            ],
            "owned": [
                {
                    name: row[name]
                    for name in ("number", "customer_reference", "number_id", "order_id", "status")
                }
                for row in connection.execute("SELECT * FROM owned ORDER BY number_id")
            ],
            "charges": [
                {
                    "order_id": row["order_id"],
                    "number": row["number"],
                    "amount": format_money(row["amount"]),
                }
                for row in connection.execute("SELECT * FROM charges ORDER BY id")
            ],
            "releases": [
                {
                    "number": row["number"],
                    "customer_reference": row["customer_reference"],
                    "effective_at": format_time(row["effective_at"]),
                }
                for row in connection.execute("SELECT * FROM releases ORDER BY id")
            ],
            "operations": [
                dict(row) for row in connection.execute("SELECT * FROM operations ORDER BY id")
            ],
            "late": connection.execute("SELECT count(*) FROM late_effects").fetchone()[0],
        }
    finally:
        connection.execute("COMMIT")


def set_faults(connection: sqlite3.Connection, wanted: dict[str, object]) -> dict[str, object]:
    """Put these faults in the place of all earlier ones. Raises Refused."""
    wished = faults.parse_faults(wanted)
    faults.put_faults(connection, wished)
    return asdict(wished)


def finish_orders(carrier: Carrier) -> dict[str, object]:
    """Do now what would happen later: late effects, deliveries, one document for each need."""
    with carrier.data.write() as connection:
        connection.execute("UPDATE late_effects SET due_at = 0")
        needs = connection.execute(
            "SELECT order_id, number FROM order_lines WHERE status = 'needs_documents'"
        ).fetchall()
        for need in needs:
            hand_in_document(connection, need["order_id"], need["number"])
    apply_late_effects(carrier)
    return {"delivered": deliver_due(carrier, math.inf), "documents": len(needs)}


def forget(connection: sqlite3.Connection) -> dict[str, object]:
    """Return to the state after generation; how the carrier behaves stays."""
    for table in HAPPENINGS:
        connection.execute(f"DELETE FROM {table}")
    connection.execute("UPDATE numbers SET status = 'available' WHERE status != 'available'")
    faults.put_faults(connection, faults.Faults())
    return {}
