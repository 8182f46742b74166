"""The figures beside the choices of a search: from the rollups, against counting the stock."""

import random
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import psycopg

from bench.database import fill
from bench.outcome import ROUNDS, Outcome, milliseconds

# At a million numbers. Counting fewer takes less, and reading the rollups as long as before.
TARGET = 1 / 20
TARGET_AT = 1_000_000
SEARCHES_PER_ROUND = 10
SEED = 20261122
SALES = 500

Figures = list[tuple[Any, ...]]

# What each figure is asked for by, and the column that is counted.
COUNTED: dict[str, tuple[list[str], str]] = {
    "states": ([], "region"),
    "area codes of a state": (["region"], "npa"),
    "rate centers of a state": (["region"], "rate_center"),
    "cities of a state": (["region"], "city"),
    "exchanges of an area code": (["region", "npa"], "nxx"),
}


def measure(url: str, *, numbers: int) -> Outcome:
    fill(url, numbers=numbers)
    from stock import counting

    began = time.perf_counter()
    counting.rebuild()
    rebuilt = time.perf_counter() - began
    with psycopg.connect(url, autocommit=True) as own:
        # Plans are made for each question anew, as in the product.
        own.prepare_threshold = None
        for table in ("stock_exchangecount", "stock_placecount"):
            own.execute(f"vacuum analyze {table}".encode())
        places = read_places(own)
        draw = random.Random(SEED)
        rounds = [run_round(own, draw, places) for _ in range(ROUNDS)]
        sold, recounted = sell_and_recount(own)
    ratios = [
        sum(rolled for rolled, _ in found.values()) / sum(direct for _, direct in found.values())
        for found in rounds
    ]
    return Outcome(
        "facets",
        ratios,
        TARGET * TARGET_AT / numbers,
        is_at_most=True,
        headings=["figures", "rollup ms", "counting ms", "ratio"],
        rows=[told(kind, [found[kind] for found in rounds]) for kind in COUNTED],
        notes=[
            f"{numbers:,} numbers (the target is 1/20 at {TARGET_AT:,}); the figures of "
            f"{SEARCHES_PER_ROUND} search pages a round, added",
            f"counting everything anew took {rebuilt:.1f} s; after {sold} sales the sweep took "
            f"{recounted:.2f} s",
        ],
    )


def read_places(own: psycopg.Connection) -> list[dict[str, str]]:
    found = own.execute(
        "select region, npa from stock_stocknumber where state = 'available' and country = 'US'"
        " and number_type = 'geographic' order by hashint8(id) limit 1000"
    )
    return [{"region": region, "npa": npa} for region, npa in found]


def run_round(
    own: psycopg.Connection, draw: random.Random, places: list[dict[str, str]]
) -> dict[str, tuple[float, float]]:
    """Add up the seconds of both sides for each figure, once the answers are the same."""
    spent = dict.fromkeys(COUNTED, (0.0, 0.0))
    for _ in range(SEARCHES_PER_ROUND):
        place = draw.choice(places)
        for kind, (by, column) in COUNTED.items():
            wanted = {name: place[name] for name in by}
            figures, statement = roll_up(kind, wanted)
            _, rolled = timed(partial(ask, own, statement, {}))
            counted, direct = timed(partial(ask, own, count_of(wanted, column), wanted))
            assert figures == counted, f"{kind} of {wanted}: the rollup is wrong"
            before = spent[kind]
            spent[kind] = (before[0] + rolled, before[1] + direct)
    return spent


def timed(answer: Callable[[], Figures]) -> tuple[Figures, float]:
    began = time.perf_counter()
    figures = answer()
    seconds = time.perf_counter() - began
    return sorted(figures), seconds


def ask(own: psycopg.Connection, statement: str, wanted: dict[str, str]) -> Figures:
    return own.execute(statement.encode(), wanted or None).fetchall()


def roll_up(kind: str, wanted: dict[str, str]) -> tuple[Figures, str]:
    """Return the product's figures and the one statement that it asked for them."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from stock import counts

    questions: dict[str, Callable[..., list[counts.Choice]]] = {
        "states": counts.states,
        "area codes of a state": counts.area_codes,
        "rate centers of a state": counts.rate_centers,
        "cities of a state": partial(counts.cities, limit=10_000),
        "exchanges of an area code": counts.exchanges,
    }
    with CaptureQueriesContext(connection) as captured:
        choices = questions[kind]("US", **wanted)
    [statement] = [q["sql"] for q in captured if "search_path" not in q["sql"]]
    return sorted((choice.value, choice.available) for choice in choices), statement


def count_of(wanted: dict[str, str], column: str) -> str:
    conditions = "".join(f" and {name} = %({name})s" for name in wanted)
    return (
        f"select {column}, count(*) from stock_stocknumber where state = 'available'"
        f" and country = 'US' and number_type = 'geographic'{conditions} group by 1"
    )


def sell_and_recount(own: psycopg.Connection) -> tuple[int, float]:
    """Let numbers all over the country be sold, and time the sweep that counts their places."""
    from stock import counting

    own.execute(
        "update stock_stocknumber set state = 'locked' where id in (select id from"
        " stock_stocknumber where state = 'available' order by hashint8(id) limit %s)",
        [SALES],
    )
    began = time.perf_counter()
    recounted = counting.recount_stale()
    seconds = time.perf_counter() - began
    assert recounted == SALES, f"{recounted} of {SALES} sales were counted"
    return recounted, seconds


def told(kind: str, rounds: list[tuple[float, float]]) -> list[str]:
    rolled = median(rolled for rolled, _ in rounds) / SEARCHES_PER_ROUND
    direct = median(direct for _, direct in rounds) / SEARCHES_PER_ROUND
    return [kind, milliseconds(rolled), milliseconds(direct), f"{rolled / direct:.4f}"]
