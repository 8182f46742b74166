"""The slowest pattern searches against an engine that holds every digit in memory as bitmaps."""

import random
import time

import psycopg

from bench.bitmaps import Bitmaps
from bench.outcome import ROUNDS, Outcome, milliseconds, percentile
from bench.pattern_mix import SEED, ask, connect, digits_of, draw_mix, prepare, read_area_codes

TARGET = 3.0
# With fewer numbers the engine needs next to nothing.
TARGET_AT = 10_000_000
MIXES_PER_ROUND = 20


def measure(url: str, *, numbers: int) -> Outcome:
    prepare(url, numbers=numbers)
    draw = random.Random(SEED)
    with connect(url) as own:
        area_codes = read_area_codes(own)
        bitmaps = Bitmaps(own)
        check_answers(own, bitmaps, draw, area_codes)
        rounds = [run_round(own, bitmaps, draw, area_codes) for _ in range(ROUNDS)]
    letters = sorted(rounds[0])
    tails = [
        (
            percentile([ours for letter in letters for ours, _ in found[letter]], 0.95),
            percentile([theirs for letter in letters for _, theirs in found[letter]], 0.95),
        )
        for found in rounds
    ]
    by_letter = {letter: [pair for found in rounds for pair in found[letter]] for letter in letters}
    everything = [pair for pairs in by_letter.values() for pair in pairs]
    return Outcome(
        "pattern-tail",
        [ours / theirs for ours, theirs in tails],
        TARGET if numbers >= TARGET_AT else None,
        is_at_most=True,
        headings=["pattern", "p50 ms", "p95 ms", "bitmaps p50 ms", "bitmaps p95 ms"],
        rows=[
            *(told(letter, pairs) for letter, pairs in by_letter.items()),
            told("all patterns", everything),
        ],
        notes=[f"{numbers:,} numbers (the target is for {TARGET_AT:,}); p95 over p95"],
    )


def run_round(
    own: psycopg.Connection, bitmaps: Bitmaps, draw: random.Random, area_codes: list[str]
) -> dict[str, list[tuple[float, float]]]:
    """Time both sides on the same patterns, one after the other."""
    times: dict[str, list[tuple[float, float]]] = {}
    for _ in range(MIXES_PER_ROUND):
        for letter, criteria, _ in draw_mix(draw, area_codes):
            began = time.perf_counter()
            sql, values = ask(criteria)
            own.execute(sql, values).fetchall()
            between = time.perf_counter()
            bitmaps.find(criteria, lengths=lengths_of(criteria.country, criteria.number_type))
            ended = time.perf_counter()
            times.setdefault(letter, []).append((between - began, ended - between))
    return times


def lengths_of(country: str, number_type: str) -> list[int]:
    from stock.patterns import dialling_of

    return dialling_of(country, number_type).whole_lengths


def check_answers(
    own: psycopg.Connection, bitmaps: Bitmaps, draw: random.Random, area_codes: list[str]
) -> None:
    for letter, criteria, pattern in draw_mix(draw, area_codes):
        lengths = lengths_of(criteria.country, criteria.number_type)
        in_memory = bitmaps.find(criteria, lengths=lengths)
        assert digits_of(own, criteria) == in_memory, f"{letter}: {pattern} is wrong"


def told(name: str, pairs: list[tuple[float, float]]) -> list[str]:
    sides = [[ours for ours, _ in pairs], [theirs for _, theirs in pairs]]
    return [
        name, *(milliseconds(percentile(side, share)) for side in sides for share in (0.5, 0.95))
    ]  # fmt: skip
