"""A key, the request it was first used with, and the answer that request got."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.payments.books import Books, Record
from sandbox.payments.refusals import Refused

LONGEST_KEY = 255


class KeysInUse:
    """The keys of requests that are being answered now."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, key: str | None) -> Iterator[None]:
        """Raises Refused with 409 while another request holds the key."""
        if key is None:
            yield
            return
        with self._lock:
            if key in self._keys:
                raise key_in_use(key)
            self._keys.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._keys.remove(key)


def key_in_use(key: str) -> Refused:
    message = (
        "There is currently another in-progress request using this Idempotent Key (that probably "
        f"means you submitted twice, and the other request is still going through): {key}."
    )
    return Refused(409, "idempotency_error", message, code="idempotency_key_in_use")


def fingerprint(path: str, given: Record) -> str:
    return f"{path} {json.dumps(given, sort_keys=True)}"


def earlier_answer(books: Books, key: str, request: str) -> tuple[int, Record] | None:
    """Return the answer kept under the key. Raises Refused if it was another request's."""
    if len(key) > LONGEST_KEY:
        message = f"Idempotency keys may be no longer than {LONGEST_KEY} characters."
        raise Refused(400, "invalid_request_error", message)
    for first_request, status_code, body in books.execute(
        "SELECT request, status_code, body FROM answers WHERE key = ?", key
    ):
        if first_request != request:
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were "
                f"first used with. Try using a key other than '{key}' if you meant to execute a "
                "different request."
            )
            raise Refused(400, "idempotency_error", message)
        return status_code, json.loads(body)
    return None


def keep(books: Books, key: str, request: str, status_code: int, body: Record) -> None:
    books.execute(
        "INSERT INTO answers VALUES (?, ?, ?, ?)", key, request, status_code, json.dumps(body)
    )
