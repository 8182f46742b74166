"""Looks: what makes digits pleasant, whichever digits they are."""

from django.db import models

from stock.masks import ANY_DIGITS

SHORTEST, LONGEST = 3, 7
UP = "0123456789"
DOWN = UP[::-1]


class Look(models.TextChoices):
    SAME = "same", "The same digit in a row"
    SAME_AT_END = "same_at_end", "The same digit in a row, at the end"
    SEQUENCE = "sequence", "Digits that count up or down"
    BLOCK = "block", "A block of neighbouring numbers"


def masks_of(look: Look, *, length: int, calling_code: str) -> tuple[str, ...]:
    """Return the masks of which a number has to fit one; a block is not about single numbers."""
    begin = calling_code + ANY_DIGITS
    if look is Look.SEQUENCE:
        starts = range(len(UP) - length + 1)
        runs = [row[start : start + length] for row in (UP, DOWN) for start in starts]
    else:
        runs = [digit * length for digit in UP]
    end = "" if look is Look.SAME_AT_END else ANY_DIGITS
    return tuple(f"{begin}{run}{end}" for run in runs)
