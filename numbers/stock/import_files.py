"""Reading an uploaded CSV file: whether it is one at all, and its rows as they were typed."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from listing.exporting import plain_cell

MAX_BYTES = 4 * 1024 * 1024
MAX_ROWS = 10_000
MAX_COLUMNS = 50
LONGEST_CELL = 200


class BadFile(Exception):
    """Nothing can be read from the file. The message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class TypedRow:
    """A row with a cell for each column of the header, or with what is wrong about it."""

    line: int
    cells: list[str]
    problem: str = ""


def read_file(content: bytes, *, header: Sequence[str]) -> list[TypedRow]:
    """Return the rows of a file with these columns, in any order. Raises BadFile."""
    rows = csv.reader(StringIO(_text(content), newline=""), strict=True)
    try:
        columns = [name.strip().lower() for name in next(rows, [])]
        _check_header(columns, header)
        places = [columns.index(name) for name in header]
        typed = [
            _typed(rows.line_num, cells, places, wanted=len(columns))
            for cells in rows
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise BadFile(f"Line {rows.line_num} cannot be read as CSV: {error}.") from None
    if len(typed) > MAX_ROWS:
        raise BadFile(
            f"The file has {len(typed):,} rows, and at most {MAX_ROWS:,} are taken at once. Split "
            "it."
        )
    if not typed:
        raise BadFile("The file has a header and no rows.")
    return typed


def _text(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise BadFile(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB. Split it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile("The file is not in UTF-8. Save it as “CSV UTF-8”.") from None
    if "\0" in text:
        raise BadFile("The file is not a text file. Save it as “CSV UTF-8”.")
    return text


def _check_header(columns: Sequence[str], header: Sequence[str]) -> None:
    if len(columns) == 1 and ";" in columns[0]:
        raise BadFile("The columns are divided by semicolons. Save the file with commas.")
    if len(columns) > MAX_COLUMNS:
        raise BadFile(f"The first line has {len(columns):,} columns, and we know {len(header)}.")
    missing = [name for name in header if name not in columns]
    unknown = [name for name in columns if name not in header]
    twice = sorted(name for name, times in Counter(columns).items() if times > 1)
    problems = [
        f"{what}: {', '.join(name or '(empty)' for name in names)}."
        for what, names in [("missing", missing), ("unknown", unknown), ("twice", twice)]
        if names
    ]
    if problems:
        raise BadFile(
            f"The first line must name the columns {', '.join(header)}. " + " ".join(problems)
        )


def _typed(line: int, cells: list[str], places: Sequence[int], *, wanted: int) -> TypedRow:
    plain = [plain_cell(cell.strip()) for cell in cells]
    if len(plain) != wanted:
        kept = [cell[:LONGEST_CELL] for cell in plain[: len(places)]]
        return TypedRow(line, kept, f"The row has {len(plain)} cells, and the header {wanted}.")
    ordered = [plain[place] for place in places]
    if too_long := [cell for cell in ordered if len(cell) > LONGEST_CELL]:
        kept = [cell[:LONGEST_CELL] for cell in ordered]
        return TypedRow(line, kept, f"A cell has {len(too_long[0])} characters: too many.")
    return TypedRow(line, ordered)
