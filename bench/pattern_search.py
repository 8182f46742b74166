"""Pattern search against a look-up by primary key, both with planning, over one connection."""

import random
import time
from typing import TYPE_CHECKING

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

TARGETS = {1_000_000: 6.0, 10_000_000: 10.0}
MIXES_PER_ROUND = 12
BY_KEY, WHOLE = "by primary key", "through the product"


def measure(url: str, *, numbers: int) -> Outcome:
    free = prepare(url, numbers=numbers)
    draw = random.Random(SEED)
    ratios, times = [], dict[str, list[float]]()
    with connect(url) as own:
        area_codes = read_area_codes(own)
        check_answers(own, draw, area_codes)
        for _ in range(ROUNDS):
            found = run_round(own, draw, area_codes, free)
            searches = [one for name, took in found.items() if len(name) == 1 for one in took]
            ratios.append(percentile(searches, 0.5) / percentile(found[BY_KEY], 0.5))
            for name, took in found.items():
                times.setdefault(name, []).extend(took)
    letters = sorted(name for name in times if len(name) == 1)
    everything = [one for letter in letters for one in times[letter]]
    return Outcome(
        "pattern-search",
        ratios,
        TARGETS[max(size for size in TARGETS if size <= max(numbers, min(TARGETS)))],
        is_at_most=True,
        headings=["search", "p50 ms", "p95 ms", "p99 ms"],
        rows=[
            told(BY_KEY, times[BY_KEY]),
            *(told(letter, times[letter]) for letter in letters),
            told("all patterns", everything),
            told(WHOLE, times[WHOLE]),
        ],
        notes=[
            f"{numbers:,} numbers; p50 of the patterns over p50 of the look-ups by key",
            f"{WHOLE}: with the time limit, and {PAGE} records made of rows",
        ],
    )


def run_round(
    own: psycopg.Connection, draw: random.Random, area_codes: list[str], free: int
) -> dict[str, list[float]]:
    """Time each class equally often, and a look-up by key before each."""
    from stock import searching

    times: dict[str, list[float]] = {}
    for _ in range(MIXES_PER_ROUND):
        for letter, criteria, _ in draw_mix(draw, area_codes):
            times.setdefault(BY_KEY, []).append(time_of_key(own, draw.randint(1, free)))
            times.setdefault(letter, []).append(time_of(own, criteria))
            began = time.perf_counter()
            searching.find(criteria, limit=PAGE)
            times.setdefault(WHOLE, []).append(time.perf_counter() - began)
    return times


def time_of(own: psycopg.Connection, criteria: "OfferCriteria") -> float:
    began = time.perf_counter()
    sql, values = ask(criteria)
    own.execute(sql, values).fetchall()
    return time.perf_counter() - began


def time_of_key(own: psycopg.Connection, key: int) -> float:
    began = time.perf_counter()
    own.execute(b"select * from public.stock_stocknumber where id = %s", [key]).fetchall()
    return time.perf_counter() - began


def told(name: str, times: list[float]) -> list[str]:
    return [name, *(milliseconds(percentile(times, share)) for share in (0.5, 0.95, 0.99))]
