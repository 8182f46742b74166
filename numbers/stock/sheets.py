"""What files of prices and of costs have in common: versions of something, a row for each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from lifecycle.actors import Actor
from stock.timelines import Timeline

_Subject = TypeVar("_Subject")
_Terms = TypeVar("_Terms")


@dataclass(frozen=True, slots=True)
class Wanted(Generic[_Subject, _Terms]):
    """What a row asks for: None for `begins_at` is from now on, for `ends_at` until the next."""

    subject: _Subject
    terms: _Terms
    begins_at: datetime | None
    ends_at: datetime | None


class Sheet(Protocol[_Subject, _Terms]):
    """A kind of file. A subject is what versions are kept of: a SKU in a list, or at a carrier."""

    @property
    def header(self) -> Sequence[str]: ...

    def read(self, cells: Mapping[str, str]) -> Wanted[_Subject, _Terms]:
        """Raises BadRow."""

    def lock(self, subjects: Collection[_Subject]) -> None:
        """Keep others from changing the subjects' versions until the transaction ends."""

    def timelines(self, subjects: Collection[_Subject]) -> Mapping[_Subject, Timeline[_Terms]]: ...

    def why_not(
        self, wanted: Wanted[_Subject, _Terms], *, begins_at: datetime, ends_at: datetime | None
    ) -> str:
        """Say why the terms may not hold then; empty if they may."""

    def warning(self, wanted: Wanted[_Subject, _Terms]) -> str:
        """Say what to think of before the terms are taken; empty if nothing."""

    def differences(self, before: _Terms | None, after: _Terms) -> str:
        """Say what changes, in words; of something new what it is."""

    def save(
        self, changed: Mapping[_Subject, Timeline[_Terms]], *, actor: Actor, at: datetime
    ) -> None: ...


def period_cells(valid: DateTimeTZRange) -> list[str]:
    """Write when a version holds, for valid_from and valid_until."""
    return [_iso(valid.lower), _iso(valid.upper) if valid.upper else ""]


def _iso(moment: Any) -> str:
    is_midnight = (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)
    return f"{moment:%Y-%m-%d}" if is_midnight else str(moment.isoformat())
