"""Versions of one thing, each from one moment until another, no two at once.

Prices and costs are kept so. A change is worked out here, in memory, and then written with as few
statements as there are kinds of them: an import makes ten thousand.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Model

_Terms = TypeVar("_Terms")
_Subject = TypeVar("_Subject")

BATCH = 1000


class Overlapping(Exception):
    """The version would last into the next one. The message is for people."""


@dataclass(slots=True)
class Version(Generic[_Terms]):
    """What holds from `begins_at` until `ends_at`, or without end. `key` is that of its row."""

    terms: _Terms
    begins_at: datetime
    ends_at: datetime | None
    key: int | None = None

    def holds_at(self, moment: datetime) -> bool:
        return self.begins_at <= moment and (self.ends_at is None or moment < self.ends_at)


@dataclass(slots=True)
class Timeline(Generic[_Terms]):
    """All versions of one thing, earliest first, and what has been changed about them."""

    versions: list[Version[_Terms]] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    shifted: dict[int, Version[_Terms]] = field(default_factory=dict)

    def holding_at(self, moment: datetime) -> Version[_Terms] | None:
        return next((one for one in self.versions if one.holds_at(moment)), None)

    def beginning_at(self, moment: datetime) -> Version[_Terms] | None:
        return next((one for one in self.versions if one.begins_at == moment), None)

    def after(self, moment: datetime) -> Version[_Terms] | None:
        return next((one for one in self.versions if one.begins_at > moment), None)

    def put(
        self, terms: _Terms, *, begins_at: datetime, ends_at: datetime | None = None
    ) -> Version[_Terms]:
        """Let `terms` hold from then on, until `ends_at` or the next version begins.

        What held then ends; what would have begun then is replaced. Raises Overlapping.
        """
        ends_at = self.end_before_the_next(begins_at, ends_at)
        if replaced := self.beginning_at(begins_at):
            self._drop(replaced)
        if interrupted := self.holding_at(begins_at):
            self.end(interrupted, ends_at=begins_at)
        version = Version(terms, begins_at, ends_at)
        self.versions.append(version)
        self.versions.sort(key=lambda one: one.begins_at)
        return version

    def end_before_the_next(self, begins_at: datetime, ends_at: datetime | None) -> datetime | None:
        """Return when a version would end that begins then. Raises Overlapping."""
        following = self.after(begins_at)
        if following is None:
            return ends_at
        if ends_at is not None and ends_at > following.begins_at:
            raise Overlapping(
                f"It would last until {moment(ends_at)}, and the next one begins on "
                f"{moment(following.begins_at)}."
            )
        return following.begins_at if ends_at is None else ends_at

    def end(self, version: Version[_Terms], *, ends_at: datetime | None) -> None:
        """Let a version end then, or when the next begins. Raises Overlapping."""
        version.ends_at = self.end_before_the_next(version.begins_at, ends_at)
        if version.key is not None:
            self.shifted[version.key] = version

    def withdraw(self, version: Version[_Terms]) -> None:
        """Forget a version that has not begun; what would have ended with its beginning goes on."""
        self._drop(version)
        before = next((one for one in self.versions if one.ends_at == version.begins_at), None)
        if before:
            self.end(before, ends_at=version.ends_at)

    def _drop(self, version: Version[_Terms]) -> None:
        self.versions.remove(version)
        if version.key is not None:
            self.shifted.pop(version.key, None)
            self.dropped.append(version.key)


def save(
    timelines: Mapping[_Subject, Timeline[_Terms]],
    model: type[Model],
    make: Callable[[_Subject, Version[_Terms]], Model],
) -> None:
    """Write what has changed. Call in a transaction that has locked the timelines' subjects."""
    rows: Any = model._default_manager
    changed = timelines.values()
    if dropped := [key for one in changed for key in one.dropped]:
        rows.filter(pk__in=dropped).delete()
    shifted = [(key, version) for one in changed for key, version in one.shifted.items()]
    rows.bulk_update(
        [model(pk=key, valid=valid(version)) for key, version in shifted],
        ["valid"],
        batch_size=BATCH,
    )
    new = [
        make(subject, version)
        for subject, one in timelines.items()
        for version in one.versions
        if version.key is None
    ]
    rows.bulk_create(new, batch_size=BATCH)


def valid(version: Version[Any]) -> DateTimeTZRange:
    return DateTimeTZRange(version.begins_at, version.ends_at)


def moment(at: datetime) -> str:
    """Write a moment for people: the time only where it is not midnight, UTC."""
    is_midnight = (at.hour, at.minute, at.second) == (0, 0, 0)
    return f"{at:%b} {at.day}, {at:%Y}" + ("" if is_midnight else f", {at:%H:%M} UTC")
