"""Why a number is easily kept in mind, in words; stock_memorability of the database judges it."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

JUDGE = """
select digits, score, run, steps, ending, variety, is_doubled
from unnest(%s::text[]) digits, public.stock_memorability(digits)
"""
MANY_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Verdict:
    """The score, from 0 to 100, and what earned it."""

    score: int
    reasons: list[str]

    @property
    def in_words(self) -> str:
        return f"{self.score} of 100: {'; '.join(self.reasons)}."


def judge(digits: Collection[str]) -> dict[str, Verdict]:
    """Return the verdict on each of the numbers."""
    if not digits:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(JUDGE, [list(digits)])
        return {one: Verdict(score, _reasons(one, *found)) for one, score, *found in cursor}


def _reasons(
    digits: str, run: str | None, steps: str | None, ending: str | None, variety: int, doubled: bool
) -> list[str]:
    reasons = []
    if run:
        reasons.append(f"{_where(digits, run)} {run}")
    if steps:
        direction = "up" if steps[0] < steps[-1] else "down"
        reasons.append(f"{_where(digits, steps)} {steps}, which counts {direction}")
    if ending:
        reasons.append(_ending(ending))
    if variety < MANY_DIGITS:
        count = {1: "one digit", 2: "two different digits", 3: "three different digits"}[variety]
        reasons.append(f"only {count} in the last seven")
    if doubled:
        reasons.append("the exchange repeats the area code")
    return reasons


def _where(digits: str, part: str) -> str:
    return "ends in" if digits.endswith(part) else "contains"


def _ending(ending: str) -> str:
    half = len(ending) // 2
    if ending == "00":
        return "ends in a round 00"
    if ending[:half] == ending[half:]:
        return f"ends in {ending[:half]} twice"
    if ending == ending[::-1]:
        return f"ends in {ending}, which reads the same backwards"
    return f"ends in the pairs {ending[:half]} and {ending[half:]}"
