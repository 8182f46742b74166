"""Events sent to the customer: signed, repeated until taken, and troubled by faults."""

import base64
import hashlib
import http.client
import json
import sqlite3
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sandbox.carrier.answers import format_time
from sandbox.carrier.datafile import DataFile, get_setting, put_setting
from sandbox.carrier.faults import WEBHOOK_FAULTS, Fault, load_faults

SETTING = "webhooks"
WAITS_SECONDS = (0.5, 2, 5, 15)
TIMEOUT_SECONDS = 5
REORDER_SECONDS = 4
TIMESTAMP_HEADER = "X-Sandbox-Timestamp"
SIGNATURE_HEADER = "X-Sandbox-Signature"


@dataclass(frozen=True, slots=True)
class Target:
    url: str
    host: str


def make_key(seed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"key {seed}".encode()).digest())


def show_public_key(seed: int) -> str:
    return base64.b64encode(make_key(seed).public_key().public_bytes_raw()).decode()


def set_target(connection: sqlite3.Connection, target: Target | None) -> None:
    put_setting(connection, SETTING, {"url": target.url, "host": target.host} if target else {})


def load_target(connection: sqlite3.Connection) -> Target | None:
    stored = get_setting(connection, SETTING)
    return Target(**stored) if stored else None


def emit(connection: sqlite3.Connection, kind: str, subject: dict[str, object]) -> None:
    """Queue an event in the transaction of what it tells; faults may multiply or swallow it."""
    if load_target(connection) is None:
        return
    now = time.time()
    event_id = f"evt_{subject['id']}_{subject['revision']}"
    event = {"id": event_id, "type": kind, "occurred_at": format_time(now), "data": subject}
    fault = load_faults(connection).draw(f"event {event_id}", WEBHOOK_FAULTS)
    if fault == Fault.WEBHOOK_DROP:
        return
    due_at = now + REORDER_SECONDS if fault == Fault.WEBHOOK_REORDER else now
    copies = [False]
    if fault == Fault.WEBHOOK_DUPLICATE:
        copies = [False, False]
    elif fault == Fault.WEBHOOK_BAD_SIGNATURE:
        copies = [True, False]
    for is_forged in copies:
        connection.execute(
            "INSERT INTO webhooks (body, is_forged, due_at) VALUES (?, ?, ?)",
            [json.dumps(event), is_forged, due_at],
        )


def deliver_due(data: DataFile, seed: int) -> None:
    """Send what is due once; keep what was not taken for a later attempt."""
    target = load_target(data.read())
    if target is None:
        return
    due = (
        data.read()
        .execute("SELECT * FROM webhooks WHERE due_at <= ? ORDER BY due_at, id", [time.time()])
        .fetchall()
    )
    for event in due:
        is_taken = send(target, event, seed)
        with data.write() as connection:
            # A forged copy is not repeated: nobody may take it.
            if is_taken or event["is_forged"] or event["attempts"] >= len(WAITS_SECONDS):
                connection.execute("DELETE FROM webhooks WHERE id = ?", [event["id"]])
            else:
                connection.execute(
                    "UPDATE webhooks SET attempts = attempts + 1, due_at = ? WHERE id = ?",
                    [time.time() + WAITS_SECONDS[event["attempts"]], event["id"]],
                )


def send(target: Target, event: sqlite3.Row, seed: int) -> bool:
    """Post the event; true if the other side answered 2xx."""
    key = make_key(seed + 1 if event["is_forged"] else seed)
    body = event["body"].encode()
    timestamp = str(int(time.time()))
    signature = base64.b64encode(key.sign(f"{timestamp}|".encode() + body)).decode()
    address = urlsplit(target.url)
    connection = http.client.HTTPConnection(
        address.hostname or "", address.port, timeout=TIMEOUT_SECONDS
    )
    headers = {
        "Content-Type": "application/json",
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: signature,
    }
    if target.host:
        headers["Host"] = target.host
    try:
        connection.request("POST", address.path or "/", body, headers)
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
