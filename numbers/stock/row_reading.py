"""Reading one row of a file of prices or costs: every cell that is wrong is said at once."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from stock.amounts import LARGEST, BadAmount, parse_amount

# No price is set before anybody could have sold by it, nor for after everybody here is gone.
YEARS = range(2000, 2100)


class BadRow(Exception):
    """The row cannot be taken. The message says all that is wrong with it."""


class RowReading:
    """The cells of a row by the names of their columns, and what is wrong with them so far."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self._cells = cells
        self._problems: list[str] = []

    def text(self, column: str) -> str:
        return self._cells[column]

    def amount(self, column: str, *, decimals: int, below: Decimal = LARGEST) -> Decimal:
        """Return an amount in whole units; zero for a cell that is wrong."""
        try:
            return parse_amount(self._cells[column], decimals=decimals, below=below)
        except BadAmount as problem:
            self.refuse(f"{column}: {problem}")
            return Decimal(0)

    def whole(self, column: str, *, among: range | tuple[int, ...]) -> int:
        """Return a whole number; zero for a cell that is wrong."""
        typed = self._cells[column]
        number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else -1
        if number in among:
            return number
        known = f"{among[0]} to {among[-1]}" if isinstance(among, range) else _listed(among)
        self.refuse(f"{column}: {typed or 'nothing'} is not one of {known}.")
        return 0

    def moment(self, column: str) -> datetime | None:
        """Return a day's midnight or a moment in UTC, or None for an empty cell."""
        typed = self._cells[column]
        if not typed:
            return None
        try:
            read = datetime.fromisoformat(typed)
        except ValueError:
            self.refuse(f"{column}: write days like 2026-12-31, not “{typed}”.")
            return None
        if read.year not in YEARS:
            self.refuse(f"{column}: {typed} is in no year from {YEARS[0]} to {YEARS[-1]}.")
            return None
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)

    def period(self) -> tuple[datetime | None, datetime | None]:
        """Return valid_from, None for from now on, and valid_until, None without end."""
        begins_at, ends_at = self.moment("valid_from"), self.moment("valid_until")
        if begins_at and ends_at and ends_at <= begins_at:
            self.refuse("valid_until: it must come after valid_from.")
        return begins_at, ends_at

    def refuse(self, problem: str) -> None:
        self._problems.append(problem)

    def finish(self) -> None:
        """Raise BadRow if anything was wrong."""
        if self._problems:
            raise BadRow(" ".join(self._problems))


def _listed(among: tuple[int, ...]) -> str:
    return ", ".join(map(str, among))
