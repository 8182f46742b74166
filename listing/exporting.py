"""Lists as CSV files, streamed, and safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from django.db import connection
from django.http import StreamingHttpResponse
from django_tenants.utils import tenant_context

# A spreadsheet runs a cell that begins with one of these; CWE-1236.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """What csv.writer writes to: it hands each finished line back."""

    def write(self, line: str) -> str:
        return line


def csv_response(
    name: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """Answer with the file `name`.csv. Numbers keep their plus, behind an apostrophe.

    `rows` may still have to be read: that happens in the schema that is selected now, although
    the request has left it by then.
    """
    lines = _in_schema(connection.tenant, _lines(chain([header], rows)))  # type: ignore[attr-defined]
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _in_schema(tenant: object, lines: Iterator[str]) -> Iterator[str]:
    with tenant_context(tenant):  # type: ignore[no-untyped-call]
        yield from lines


def _lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    for row in rows:
        yield writer.writerow([safe_cell(value) for value in row])


def safe_cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not _is_number(text) else text


def plain_cell(text: str) -> str:
    """Take off what safe_cell has put before a cell."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def _is_number(text: str) -> bool:
    """Tell -1.50, which is harmless, from -1+cmd; a phone number's plus counts as a formula."""
    return text.startswith("-") and text[1:].replace(".", "", 1).isdigit()
