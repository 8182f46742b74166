"""The courier: signed events, sent until they are taken."""

import hashlib
import hmac
import http.client
import json
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from sandbox.payments import steps
from sandbox.payments.account import Account

WAITS_SECONDS = [0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 3600, 3600]
TIMEOUT_SECONDS = 10
# Longer than a delivery may take; a killed courier's event is sent again after it.
LEASE_SECONDS = 15
POLL_SECONDS = 0.2
REORDERING_SECONDS = 1.5


@dataclass(frozen=True)
class Endpoint:
    """Where events go. The host is sent as a header, since nothing resolves its name."""

    url: str
    host: str
    secret: str


class Courier(threading.Thread):
    """Several may run over the same books; each event is claimed by one of them."""

    def __init__(self, account: Account, endpoint: Endpoint | None) -> None:
        super().__init__(daemon=True)
        self.account = account
        self.endpoint = endpoint

    def run(self) -> None:
        while True:
            with self.account.books.transaction():
                steps.take_due(self.account.books, at=int(time.time()))
            if not self.carry_one():
                time.sleep(POLL_SECONDS)

    def carry_one(self) -> bool:
        """Send one event that is due; tell whether there was one."""
        claimed = self._claim()
        if claimed is None:
            return False
        event_id, attempts, body = claimed
        fault = self.account.faults.draw_for_webhook() if attempts == 1 else None
        if self.endpoint is None or fault == "drop_webhooks":
            self._settle(event_id)
        elif fault == "reorder_webhooks":
            self._put_off(event_id, REORDERING_SECONDS)
        elif self._send(self.endpoint, body):
            if fault == "duplicate_webhooks":
                self._send(self.endpoint, body)
            self._settle(event_id)
        elif attempts <= len(WAITS_SECONDS):
            self._put_off(event_id, WAITS_SECONDS[attempts - 1])
        else:
            self._settle(event_id)
        return True

    def _claim(self) -> tuple[str, int, bytes] | None:
        books = self.account.books
        now = time.time()
        with books.transaction():
            rows = books.execute(
                "UPDATE deliveries SET due_at = ?, attempts = attempts + 1 WHERE event_id = ("
                "SELECT event_id FROM deliveries WHERE due_at <= ? ORDER BY due_at, rowid LIMIT 1)"
                " RETURNING event_id, attempts",
                now + LEASE_SECONDS,
                now,
            )
            if not rows:
                return None
            event_id, attempts = rows[0]
            return event_id, attempts, json.dumps(books.find(event_id)).encode()

    def _put_off(self, event_id: str, seconds: float) -> None:
        with self.account.books.transaction():
            self.account.books.execute(
                "UPDATE deliveries SET due_at = ? WHERE event_id = ?",
                time.time() + seconds,
                event_id,
            )

    def _settle(self, event_id: str) -> None:
        with self.account.books.transaction():
            self.account.books.execute("DELETE FROM deliveries WHERE event_id = ?", event_id)

    def _send(self, endpoint: Endpoint, body: bytes) -> bool:
        url = urlsplit(endpoint.url)
        connection = http.client.HTTPConnection(
            url.hostname or "127.0.0.1", url.port or 80, timeout=TIMEOUT_SECONDS
        )
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Host": endpoint.host,
            "Stripe-Signature": signature(body, endpoint.secret, at=int(time.time())),
            "User-Agent": "Stripe/1.0 (sandbox)",
        }
        try:
            connection.request("POST", url.path or "/", body, headers)
            return 200 <= connection.getresponse().status < 300
        except (OSError, http.client.HTTPException, ValueError):
            return False
        finally:
            connection.close()


def signature(body: bytes, secret: str, *, at: int) -> str:
    signed = f"{at}.".encode() + body
    return f"t={at},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"
