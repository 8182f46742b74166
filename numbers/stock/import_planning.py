"""What the rows of a file would do, each after those before it. Nothing is written here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from stock.import_files import TypedRow
from stock.models import RowOutcome
from stock.row_reading import BadRow
from stock.sheets import Sheet, Wanted
from stock.timelines import Overlapping, Timeline, moment

_Subject = TypeVar("_Subject")
_Terms = TypeVar("_Terms")

LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """What a row would do, or why it would not; and what to think of before it does."""

    typed: TypedRow
    outcome: RowOutcome
    note: str
    warning: str = ""


@dataclass(slots=True)
class Taken(Generic[_Terms]):
    """What earlier rows of the file said of a subject."""

    timeline: Timeline[_Terms]
    # The lines by the moment they begin.
    lines: dict[datetime | None, int] = field(default_factory=dict)
    ends: list[tuple[datetime, int]] = field(default_factory=list)


class Refused(Exception):
    """The row cannot be done. The message says why."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The rows of a file with what they do, and the versions as they would be then."""

    rows: Sequence[PlannedRow]
    timelines: Mapping[Any, Timeline[Any]]


def plan_rows(
    sheet: Sheet[_Subject, _Terms],
    typed: Sequence[TypedRow],
    *,
    at: datetime,
    for_good: bool = False,
) -> Planned:
    """Work out what the rows do; `for_good` keeps others out until the transaction ends."""
    read = {row.line: _read(sheet, row) for row in typed}
    wanted = {line: row for line, row in read.items() if isinstance(row, Wanted)}
    subjects = {row.subject for row in wanted.values()}
    if for_good:
        sheet.lock(subjects)
    taken = {subject: Taken(timeline) for subject, timeline in sheet.timelines(subjects).items()}
    outcomes = {
        line: (RowOutcome.REFUSED, str(bad)[:LONGEST_NOTE])
        for line, bad in read.items()
        if isinstance(bad, BadRow)
    }
    # Earlier first, so that each ends what held before it.
    for line, row in sorted(wanted.items(), key=lambda one: (one[1].begins_at or at, one[0])):
        outcomes[line] = _take(sheet, taken[row.subject], row, line=line, at=at)
    warnings = {
        line: sheet.warning(row)[:LONGEST_NOTE]
        for line, row in wanted.items()
        if outcomes[line][0] in {RowOutcome.NEW, RowOutcome.CHANGED}
    }
    rows = [PlannedRow(row, *outcomes[row.line], warnings.get(row.line, "")) for row in typed]
    return Planned(rows, {subject: one.timeline for subject, one in taken.items()})


def _read(sheet: Sheet[_Subject, _Terms], row: TypedRow) -> Wanted[_Subject, _Terms] | BadRow:
    if row.problem:
        return BadRow(row.problem)
    try:
        return sheet.read(dict(zip(sheet.header, row.cells, strict=True)))
    except BadRow as bad:
        return bad


def _take(
    sheet: Sheet[_Subject, _Terms],
    taken: Taken[_Terms],
    wanted: Wanted[_Subject, _Terms],
    *,
    line: int,
    at: datetime,
) -> tuple[RowOutcome, str]:
    """Fit one row into what holds and what the rows before it have said."""
    try:
        _refuse_repeats(taken, wanted.begins_at, line)
        if _is_there(taken.timeline, wanted):
            outcome, note = RowOutcome.SAME, ""
        else:
            outcome, note = _put(sheet, taken, wanted, line=line, at=at)
    except (Refused, Overlapping) as refusal:
        return RowOutcome.REFUSED, str(refusal)[:LONGEST_NOTE]
    if wanted.ends_at:
        taken.ends.append((wanted.ends_at, line))
    return outcome, note[:LONGEST_NOTE]


def _refuse_repeats(taken: Taken[Any], begins_at: datetime | None, line: int) -> None:
    first = taken.lines.setdefault(begins_at, line)
    if first != line:
        raise Refused(f"Line {first} is about the same, from the same moment.")


def _is_there(timeline: Timeline[_Terms], wanted: Wanted[Any, _Terms]) -> bool:
    """Tell whether this very version is stored, be it past."""
    return any(
        (one.begins_at, one.ends_at, one.terms) == (wanted.begins_at, wanted.ends_at, wanted.terms)
        for one in timeline.versions
        if one.key is not None
    )


def _put(
    sheet: Sheet[_Subject, _Terms],
    taken: Taken[_Terms],
    wanted: Wanted[_Subject, _Terms],
    *,
    line: int,
    at: datetime,
) -> tuple[RowOutcome, str]:
    """Raises Refused or Overlapping."""
    begins_at = max(wanted.begins_at or at, at)
    since = "from now on" if begins_at == at else f"from {moment(begins_at)}"
    if wanted.ends_at and wanted.ends_at <= at:
        raise Refused(f"It is over: it ends on {moment(wanted.ends_at)}.")
    for other_ends_at, other in taken.ends:
        if other_ends_at > begins_at:
            raise Refused(f"It overlaps line {other}, which lasts until {moment(other_ends_at)}.")
    if begins_at != wanted.begins_at:
        _refuse_repeats(taken, begins_at, line)
    before = taken.timeline.holding_at(begins_at)
    if before and before.terms == wanted.terms:
        ends_at = taken.timeline.end_before_the_next(before.begins_at, wanted.ends_at)
        if before.ends_at == ends_at:
            return RowOutcome.SAME, ""
        if before.ends_at and (ends_at is None or ends_at > before.ends_at):
            _refuse(sheet, wanted, begins_at=before.ends_at, ends_at=ends_at)
        taken.timeline.end(before, ends_at=wanted.ends_at)
        until = f"until {moment(before.ends_at)}" if before.ends_at else "without end"
        return RowOutcome.CHANGED, f"the same as before, {until}"
    ends_at = taken.timeline.end_before_the_next(begins_at, wanted.ends_at)
    _refuse(sheet, wanted, begins_at=begins_at, ends_at=ends_at)
    taken.timeline.put(wanted.terms, begins_at=begins_at, ends_at=wanted.ends_at)
    until = f" until {moment(ends_at)}" if ends_at else ""
    words = f"{sheet.differences(before.terms if before else None, wanted.terms)}, {since}{until}"
    return (RowOutcome.CHANGED if before else RowOutcome.NEW), words


def _refuse(
    sheet: Sheet[_Subject, _Terms],
    wanted: Wanted[_Subject, _Terms],
    *,
    begins_at: datetime,
    ends_at: datetime | None,
) -> None:
    """Raise Refused if the terms may not hold in the period."""
    if why_not := sheet.why_not(wanted, begins_at=begins_at, ends_at=ends_at):
        raise Refused(why_not)
