"""One request to the account, and the ways to answer it."""

from dataclasses import dataclass, field

from sandbox.payments.books import Books, Record


@dataclass(frozen=True)
class Call:
    """What was asked, of which books, when, and under which address the asker knows us."""

    books: Books
    given: Record
    at: int
    base_url: str
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str
    body: str
    base_url: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Reply:
    status_code: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


class Dropped(Exception):
    """The connection is closed without an answer."""
