"""The mail that arrived, in one SQLite file."""

import json
import sqlite3
import threading
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

TABLE = """
CREATE TABLE IF NOT EXISTS letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    letter TEXT NOT NULL
)
"""


@dataclass(frozen=True)
class Letter:
    """One mail as it arrived; sent_to are the addresses of the envelope."""

    sent_to: list[str]
    sender: str
    subject: str
    text: str
    html: str
    message_id: str
    received_at: str
    id: int = 0

    def as_json(self) -> dict[str, Any]:
        fields = asdict(self)
        return {"to": fields.pop("sent_to"), "from": fields.pop("sender"), **fields}


class Letters:
    def __init__(self, path: str) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute(TABLE)

    def keep(self, letter: Letter) -> None:
        self._execute("INSERT INTO letters (letter) VALUES (?)", json.dumps(asdict(letter)))

    def newest_first(self, *, sent_to: str = "") -> list[Letter]:
        """Return all letters, or those to one address, however it is written."""
        found = self._read("SELECT id, letter FROM letters ORDER BY id DESC")
        wanted = sent_to.lower()
        return [
            letter
            for letter in found
            if not wanted or wanted in [address.lower() for address in letter.sent_to]
        ]

    def find(self, letter_id: int) -> Letter | None:
        found = self._read("SELECT id, letter FROM letters WHERE id = ?", letter_id)
        return found[0] if found else None

    def forget_all(self) -> None:
        self._execute("DELETE FROM letters")

    def _read(self, statement: str, *values: Any) -> list[Letter]:
        rows = self._execute(statement, *values)
        return [Letter(**{**json.loads(letter), "id": row_id}) for row_id, letter in rows]

    def _execute(self, statement: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()


def read_letter(content: bytes, *, sender: str, sent_to: list[str]) -> Letter:
    message = message_from_bytes(content, policy=default)
    return Letter(
        sent_to=sent_to,
        sender=sender,
        subject=str(message["Subject"] or ""),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        message_id=str(message["Message-ID"] or "").strip(),
        received_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = cast("EmailMessage | None", message.get_body((kind,)))
    return "" if part is None else str(part.get_content())
