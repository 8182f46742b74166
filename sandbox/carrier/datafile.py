"""The carrier's data file: SQLite, one transaction for each effect, so a kill loses nothing."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BUSY_TIMEOUT_SECONDS = 30

SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS numbers (
    number TEXT PRIMARY KEY, country TEXT NOT NULL, type TEXT NOT NULL, region TEXT NOT NULL,
    npa TEXT NOT NULL, nxx TEXT NOT NULL, locality TEXT NOT NULL, rate_center TEXT NOT NULL,
    features TEXT NOT NULL, monthly INTEGER NOT NULL, setup INTEGER NOT NULL,
    requirements TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'available'
        CHECK (status IN ('available', 'held', 'ordered', 'sold', 'gone'))
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS numbers_by_place ON numbers (country, region, npa, nxx);
CREATE TABLE IF NOT EXISTS operations (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, customer_reference TEXT NOT NULL, fault TEXT
);
CREATE TABLE IF NOT EXISTS attempts (
    number TEXT PRIMARY KEY, count INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, customer_reference TEXT NOT NULL, created_at REAL NOT NULL,
    visible_at REAL NOT NULL, due_at REAL, revision INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS orders_by_reference ON orders (customer_reference);
CREATE INDEX IF NOT EXISTS orders_due ON orders (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS order_lines (
    order_id TEXT NOT NULL REFERENCES orders (id), number TEXT NOT NULL, amount INTEGER NOT NULL,
    ending TEXT NOT NULL, status TEXT NOT NULL, number_id TEXT, reason TEXT, detail TEXT,
    PRIMARY KEY (order_id, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS owned (
    number_id TEXT PRIMARY KEY, number TEXT NOT NULL, order_id TEXT NOT NULL,
    customer_reference TEXT NOT NULL, status TEXT NOT NULL, visible_at REAL NOT NULL,
    updated_at REAL NOT NULL, effective_at REAL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS owned_by_number ON owned (number);
CREATE TABLE IF NOT EXISTS charges (
    id INTEGER PRIMARY KEY, order_id TEXT NOT NULL, number TEXT NOT NULL, amount INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS releases (
    id INTEGER PRIMARY KEY, number TEXT NOT NULL, customer_reference TEXT NOT NULL,
    released_at REAL NOT NULL, effective_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS holds (
    id TEXT PRIMARY KEY, number TEXT NOT NULL UNIQUE, expires_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS late_effects (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, request TEXT NOT NULL, due_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS webhooks (
    id INTEGER PRIMARY KEY, body TEXT NOT NULL, is_forged INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0, due_at REAL NOT NULL
);
"""
# What has happened, as opposed to what is for sale and how the carrier behaves.
HAPPENINGS = (
    "operations", "attempts", "order_lines", "orders", "owned", "charges", "releases", "holds",
    "late_effects", "webhooks",
)  # fmt: skip


class DataFile:
    """One writer at a time behind a lock; every thread reads through a connection of its own."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.Lock()
        self._of_thread = threading.local()
        self._writer = self._connect()
        self._writer.execute("PRAGMA journal_mode = WAL")
        self._writer.executescript(SCHEMA)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.row_factory = sqlite3.Row
        # A kill of the process, unlike a power failure, loses nothing even so.
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    def read(self) -> sqlite3.Connection:
        if not hasattr(self._of_thread, "connection"):
            self._of_thread.connection = self._connect()
        connection: sqlite3.Connection = self._of_thread.connection
        return connection


def get_setting(connection: sqlite3.Connection, name: str) -> dict[str, Any]:
    """Give what was put under this name, or nothing."""
    row = connection.execute("SELECT value FROM settings WHERE name = ?", [name]).fetchone()
    value: dict[str, Any] = json.loads(row["value"]) if row else {}
    return value


def put_setting(connection: sqlite3.Connection, name: str, value: object) -> None:
    connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", [name, json.dumps(value)])
