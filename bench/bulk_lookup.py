"""A thousand whole numbers at once, against as many look-ups by primary key."""

import random
import time

import psycopg

from bench.database import fill
from bench.outcome import ROUNDS, Outcome, milliseconds

TARGET = 1 / 20
NUMBERS = 1000
REPEATS = 5
SEED = 20261126


def measure(url: str, *, numbers: int) -> Outcome:
    free = fill(url, numbers=numbers)
    draw = random.Random(SEED)
    with psycopg.connect(url, autocommit=True) as own:
        own.prepare_threshold = None
        rounds = [run_round(own, draw, free) for _ in range(ROUNDS)]
    return Outcome(
        "bulk-lookup",
        [at_once / one_by_one for at_once, one_by_one, _ in rounds],
        TARGET,
        is_at_most=True,
        headings=["way", "ms"],
        rows=[
            ["at once", milliseconds(sorted(one for one, _, _ in rounds)[ROUNDS // 2])],
            ["one by one", milliseconds(sorted(one for _, one, _ in rounds)[ROUNDS // 2])],
            ["at once, as records", milliseconds(sorted(one for *_, one in rounds)[ROUNDS // 2])],
        ],
        notes=[f"{numbers:,} numbers; {NUMBERS:,} of them, drawn anew for each round"],
    )


def run_round(
    own: psycopg.Connection, draw: random.Random, free: int
) -> tuple[float, float, float]:
    """Return the seconds of both ways, and of the first with records made of its rows."""
    from stock import asking, searching

    by_key = f"select {', '.join(asking.OFFERED)} from {asking.TABLE} where id = %s".encode()
    spent = [0.0, 0.0, 0.0]
    for _ in range(REPEATS):
        keys = draw.sample(range(1, free + 1), NUMBERS)
        digits = read_digits(own, keys)
        moments = [time.perf_counter()]
        at_once = own.execute(searching.LOOK_UP.encode(), [digits]).fetchall()
        moments.append(time.perf_counter())
        one_by_one = [own.execute(by_key, [key]).fetchone() for key in keys]
        moments.append(time.perf_counter())
        records = searching.look_up(digits)
        moments.append(time.perf_counter())
        assert set(at_once) == set(one_by_one), "other numbers were looked up"
        assert records.keys() == set(digits)
        spent = [
            total + ended - began
            for total, began, ended in zip(spent, moments, moments[1:], strict=False)
        ]
    at_once_took, one_by_one_took, records_took = (total / REPEATS for total in spent)
    return at_once_took, one_by_one_took, records_took


def read_digits(own: psycopg.Connection, keys: list[int]) -> list[str]:
    found = own.execute("select digits from stock_stocknumber where id = any(%s)", [keys])
    return [digits for (digits,) in found]
