"""All that the account holds, in one SQLite file: what is not committed here has not happened."""

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Record = dict[str, Any]

TABLES = """
CREATE TABLE IF NOT EXISTS records (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    created INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS records_by_kind ON records (kind, seq);
CREATE INDEX IF NOT EXISTS records_by_customer
    ON records (kind, json_extract(body, '$.customer'), seq);
CREATE INDEX IF NOT EXISTS records_by_intent
    ON records (kind, json_extract(body, '$.payment_intent'), seq);
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    status_code INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS steps (
    record_id TEXT PRIMARY KEY,
    due_at REAL NOT NULL,
    step TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS used_up (method_id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS deliveries (
    event_id TEXT PRIMARY KEY,
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0
);
"""


class Books:
    """One account. Every method but `transaction` is called inside one."""

    def __init__(self, path: str) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        # What a killed process has written stays with the kernel: only a power cut needs fsync.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(TABLES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def set_mark(self) -> None:
        self.execute("SAVEPOINT mark")

    def return_to_mark(self) -> None:
        """Undo what this transaction has done since the mark."""
        self.execute("ROLLBACK TO mark")

    def execute(self, statement: str, *values: Any) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()

    def create(self, prefix: str, kind: str, *, at: int, **fields: Any) -> Record:
        record = {
            "id": f"{prefix}_{secrets.token_hex(12)}",
            "object": kind,
            "created": at,
            "livemode": False,
            **fields,
        }
        self.execute(
            "INSERT INTO records (id, kind, created, body) VALUES (?, ?, ?, ?)",
            record["id"],
            kind,
            at,
            json.dumps(record),
        )
        return record

    def save(self, record: Record) -> None:
        body = json.dumps(record)
        self.execute("UPDATE records SET body = ? WHERE id = ?", body, record["id"])

    def find(self, record_id: str) -> Record | None:
        rows = self.execute("SELECT body FROM records WHERE id = ?", record_id)
        return json.loads(rows[0][0]) if rows else None

    def all_of(self, kind: str) -> list[Record]:
        rows = self.execute("SELECT body FROM records WHERE kind = ? ORDER BY seq", kind)
        return [json.loads(body) for (body,) in rows]

    def plan(self, record_id: str, step: str, *, due_at: float) -> None:
        """Let a step be taken with this record later; it replaces the one planned before."""
        self.execute("REPLACE INTO steps VALUES (?, ?, ?)", record_id, due_at, step)

    def unplan(self, record_id: str) -> None:
        self.execute("DELETE FROM steps WHERE record_id = ?", record_id)

    def forget_everything(self) -> None:
        for table in ("records", "answers", "steps", "used_up", "deliveries"):
            self.execute(f"DELETE FROM {table}")
