"""What the carrier answers, and the ways in which it fails to."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum


class Manner(StrEnum):
    """How an answer reaches the client."""

    PLAIN = "plain"
    # The connection closes (after `silence_ms`) without a byte.
    SILENCE = "silence"
    RESET = "reset"
    # Half of the body, and the declared length is that half: it cannot be parsed.
    CUT = "cut"
    EMPTY = "empty"
    # A few bytes at a time.
    DRIP = "drip"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: Manner = Manner.PLAIN
    # Takes the place of the body: lines that are sent as they come.
    lines: Iterator[bytes] | None = None


@dataclass
class Refused(Exception):
    """The carrier understood and says no; nothing has happened."""

    status: int
    code: str
    detail: str

    def answer(self) -> Answer:
        return failure(self.status, self.code, self.detail)


def failure(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> Answer:
    title = code.replace("_", " ").capitalize()
    body = {"errors": [{"code": code, "title": title, "detail": detail}]}
    return Answer(status, body, headers or {})


def encode(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def format_money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def format_time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
