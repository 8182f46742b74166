"""Amounts as people type and read them: whole units, where the database has minor ones."""

import re
from decimal import Decimal
from functools import lru_cache

from babel.numbers import format_currency, get_currency_precision

# A list shows the same few prices again and again, and writing one takes as long as a small query.
KEPT = 1024
# Below these: nobody sells a number for more, and some type without the point.
LARGEST = Decimal(100_000)
LARGEST_RATE = Decimal(1_000)
# Decimal alone reads 1_0, 1e4, NaN and the digits of other scripts, too.
AMOUNT = re.compile(r"(?P<minus>-?)[0-9]+(\.[0-9]+)?")


class BadAmount(Exception):
    """What was typed is no amount. The message says why."""


def minor_units(amount: Decimal, currency: str) -> int:
    """Turn 3.50 of USD into 350. The amount has no more decimals than the currency."""
    return int(amount.scaleb(get_currency_precision(currency)))


def whole_units(amount: int, currency: str) -> Decimal:
    """Turn 350 of USD into 3.50."""
    return Decimal(amount).scaleb(-get_currency_precision(currency))


@lru_cache(maxsize=KEPT)
def said(amount: Decimal, currency: str) -> str:
    """Write whole units for people, with all their decimals: 0.0085 of USD as $0.0085."""
    exact = amount.normalize()
    return format_currency(exact, currency, locale="en", decimal_quantization=False)


def parse_amount(typed: str, *, decimals: int, below: Decimal = LARGEST) -> Decimal:
    """Return what was typed in whole units. Raises BadAmount."""
    if not (match := AMOUNT.fullmatch(typed)):
        raise BadAmount(f"“{typed}” is no amount. Write it like 1.20.")
    if match["minus"]:
        raise BadAmount(f"{typed} is less than nothing.")
    amount = Decimal(typed)
    if amount >= below:
        raise BadAmount(f"{typed} is too much. Less than {below:,} is taken.")
    if amount != round(amount, decimals):
        allowed = f"{decimals} decimals at most" if decimals else "no decimals"
        raise BadAmount(f"{typed} has too many decimals: {allowed}.")
    return amount
