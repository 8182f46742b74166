"""Correcting the rate centers of exchanges, and of the numbers in them, by a file."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import connection, transaction

from stock.copying import copy_csv
from stock.models import Exchange

COLUMNS = ("npa", "nxx", "rate_center", "lata", "state")
STAGE = """
create temporary table corrected (prefix text collate "C" primary key, rate_center text,
    lata text) on commit drop
"""
COPY = "copy corrected from stdin (format csv, force_not_null (lata))"
CORRECT_EXCHANGES = """
update public.stock_exchange exchange
set rate_center = corrected.rate_center,
    lata = coalesce(nullif(corrected.lata, ''), exchange.lata)
from corrected where corrected.prefix = exchange.prefix
    and (exchange.rate_center <> corrected.rate_center
        or corrected.lata not in ('', exchange.lata))
"""
# In the order of ids, as buyers lock them.
CORRECT_NUMBERS = """
with wanted as (
    select n.id, corrected.rate_center
    from public.stock_stocknumber n join corrected on corrected.prefix = left(n.digits, -4)
    where n.rate_center <> corrected.rate_center
    order by n.id for update of n
)
update public.stock_stocknumber n set rate_center = wanted.rate_center
from wanted where n.id = wanted.id
"""


class NotRateCenters(Exception):
    """The file as a whole cannot be read. The message says what is expected."""


@dataclass(frozen=True, slots=True)
class RefusedLine:
    line: int
    reason: str


@dataclass(slots=True)
class ImportReport:
    """What became of a file: what changed in the stock, and each line that was refused."""

    accepted: int = 0
    exchanges: int = 0
    numbers: int = 0
    refused: list[RefusedLine] = field(default_factory=list)


@transaction.atomic
def import_rate_centers(lines: Iterable[str]) -> ImportReport:
    """Correct exchanges and the numbers in them by a CSV of npa, nxx, rate_center, lata, state.

    A bad line is refused with its reason and changes nothing; all others count. Raises
    NotRateCenters if the heading is another one.
    """
    report = ImportReport()
    good = {row.prefix: row for row in _check_lines(lines, report)}
    report.accepted = len(good)
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.corrected")
        cursor.execute(STAGE)
        corrected = ([row.prefix, row.rate_center, row.lata] for row in good.values())
        copy_csv(cursor, COPY, corrected)
        cursor.execute(CORRECT_EXCHANGES)
        report.exchanges = cursor.rowcount
        cursor.execute(CORRECT_NUMBERS)
        report.numbers = cursor.rowcount
    return report


@dataclass(frozen=True, slots=True)
class RateCenterLine:
    npa: str
    nxx: str
    rate_center: str
    lata: str
    state: str

    @property
    def prefix(self) -> str:
        return f"1{self.npa}{self.nxx}"


def _check_lines(lines: Iterable[str], report: ImportReport) -> Iterator[RateCenterLine]:
    reader = csv.reader(lines)
    heading = [name.strip().lower() for name in next(reader, [])]
    if heading[: len(COLUMNS)] != list(COLUMNS):
        raise NotRateCenters(f"The first line must be: {','.join(COLUMNS)}")
    regions = dict(Exchange.objects.filter(nxx__gt="").values_list("prefix", "region"))
    seen: dict[str, tuple[int, RateCenterLine]] = {}
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if reason := _fault_of(cells, regions, seen):
            report.refused.append(RefusedLine(reader.line_num, reason))
            continue
        row = RateCenterLine(*(cell.strip() for cell in cells))
        seen[row.prefix] = (reader.line_num, row)
        yield row


def _fault_of(
    cells: list[str], regions: dict[str, str], seen: dict[str, tuple[int, RateCenterLine]]
) -> str:
    """Say what is wrong with a line, or nothing."""
    if len(cells) != len(COLUMNS):
        return f"has {len(cells)} fields instead of {len(COLUMNS)}"
    row = RateCenterLine(*(cell.strip() for cell in cells))
    if not re.fullmatch("[2-9][0-9]{2}", row.npa):
        return f"“{row.npa}” is no area code (NPA)"
    if not re.fullmatch("[2-9][0-9]{2}", row.nxx):
        return f"“{row.nxx}” is no exchange (NXX)"
    if not re.fullmatch("[A-Za-z0-9 .'&/-]{1,40}", row.rate_center):
        return f"“{row.rate_center}” is no rate center: 1 to 40 letters, digits and spaces"
    if not re.fullmatch("([0-9]{3,5})?", row.lata):
        return f"“{row.lata}” is no LATA: 3 to 5 digits"
    if row.prefix not in regions:
        return f"the numbering plan has no exchange {row.npa}-{row.nxx}"
    if row.state.upper() not in ("", regions[row.prefix]):
        return f"{row.npa}-{row.nxx} is in {regions[row.prefix]}, not in {row.state}"
    earlier_line, earlier = seen.get(row.prefix, (0, row))
    if earlier != row:
        return f"line {earlier_line} says something else about {row.npa}-{row.nxx}"
    return ""
