"""Pattern search against what `icontains` and its kin do: compare one number after the other."""

import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psycopg

from bench.outcome import ROUNDS, Outcome, milliseconds, percentile
from bench.pattern_mix import (
    PAGE,
    SEED,
    ask,
    check_answers,
    connect,
    draw_mix,
    prepare,
    read_area_codes,
)

if TYPE_CHECKING:
    from stock.criteria import OfferCriteria

# At a million numbers. Comparing fewer takes less, and searching them as long as before.
TARGET = 100.0
TARGET_AT = 1_000_000
MIXES_PER_ROUND = 3
OURS, NAIVE = "pattern search", "comparing each number"
# Any that fit, in no order: so it is done before anybody thinks of an index.
COMPARE = b"""
select * from stock_stocknumber
where upper(state) = 'AVAILABLE' and upper(digits::text) like any(%s) limit %s
"""


def measure(url: str, *, numbers: int) -> Outcome:
    prepare(url, numbers=numbers)
    draw = random.Random(SEED)
    ratios, ours, theirs = [], list[float](), list[float]()
    with connect(url) as own:
        area_codes = read_area_codes(own)
        check_answers(own, draw, area_codes)
        for _ in range(ROUNDS):
            found = run_round(own, draw, area_codes)
            ratios.append(percentile(found[NAIVE], 0.5) / percentile(found[OURS], 0.5))
            ours += found[OURS]
            theirs += found[NAIVE]
    return Outcome(
        "pattern-vs-like",
        ratios,
        TARGET * min(numbers / TARGET_AT, 1),
        is_at_most=False,
        headings=["way", "p50 ms", "p95 ms", "p99 ms"],
        rows=[told(OURS, ours), told(NAIVE, theirs)],
        notes=[
            f"{numbers:,} numbers (the target is {TARGET:.0f} at {TARGET_AT:,}); p50 of comparing "
            "over p50 of searching"
        ],
    )


def run_round(
    own: psycopg.Connection, draw: random.Random, area_codes: list[str]
) -> dict[str, list[float]]:
    """Time both ways on each mix of patterns, one after the other."""
    times: dict[str, list[float]] = {OURS: [], NAIVE: []}
    for _ in range(MIXES_PER_ROUND):
        mix = [criteria for _, criteria, _ in draw_mix(draw, area_codes)]
        times[OURS] += [time_of(own, ask, criteria) for criteria in mix]
        times[NAIVE] += [time_of(own, compare, criteria) for criteria in mix]
    return times


def time_of(
    own: psycopg.Connection,
    way: Callable[["OfferCriteria"], tuple[bytes, list[Any]]],
    criteria: "OfferCriteria",
) -> float:
    began = time.perf_counter()
    sql, values = way(criteria)
    own.execute(sql, values).fetchall()
    return time.perf_counter() - began


def compare(criteria: "OfferCriteria") -> tuple[bytes, list[Any]]:
    from stock.masks import as_like

    [group] = criteria.masks
    return COMPARE, [[as_like(mask) for mask in group], PAGE]


def told(name: str, times: list[float]) -> list[str]:
    return [name, *(milliseconds(percentile(times, share)) for share in (0.5, 0.95, 0.99))]
