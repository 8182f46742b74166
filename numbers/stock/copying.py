"""Bringing many rows into the database at once."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from django.db.backends.utils import CursorWrapper


def copy_csv(cursor: CursorWrapper, statement: str, rows: Iterable[Sequence[object]]) -> None:
    """Feed the rows to a `copy … from stdin (format csv)` of ours."""
    block = StringIO(newline="")
    csv.writer(block).writerows(rows)
    with cursor.copy(statement) as copy:
        copy.write(block.getvalue())
