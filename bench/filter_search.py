"""Filter search against a look-up by primary key, both with planning, over one connection."""

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg

from bench.database import fill
from bench.outcome import ROUNDS, Outcome, milliseconds, percentile

TARGET = 12
PAGE = 50
QUERIES_PER_KIND = 40
SEED = 20261122

Row = dict[str, Any]
Statement = tuple[str, tuple[Any, ...]]

# Each kind of search is made from a number drawn from the stock, so that big places come up often.
KINDS: dict[str, Callable[[Row], dict[str, Any]]] = {
    "state": lambda row: {"region": row["region"]},
    "state, SMS": lambda row: {"region": row["region"], "has_sms": True},
    "area code": lambda row: {"npa": row["npa"]},
    "area code, exchange": lambda row: {"npa": row["npa"], "nxx": row["nxx"]},
    "state, city": lambda row: {"region": row["region"], "city": row["city"]},
    "state, rate center": lambda row: {
        "region": row["region"],
        "rate_center": row["rate_center"],
    },
    "state, exchange": lambda row: {"region": row["region"], "nxx": row["nxx"]},
    "state, area code, city, SMS": lambda row: {
        "region": row["region"],
        "npa": row["npa"],
        "city": row["city"],
        "has_sms": True,
    },
    "toll-free code": lambda row: {"npa": "888", "number_type": "toll_free"},
    "country": lambda row: {"number_type": "geographic"},
}


def measure(url: str, *, numbers: int) -> Outcome:
    free = fill(url, numbers=numbers)
    with psycopg.connect(url, autocommit=True) as own:
        # Plans are made for each search anew, as in the product.
        own.prepare_threshold = None
        draw = random.Random(SEED)
        places = read_places(own)
        check_answers(own, draw, places)
        ratios, searches, look_ups = [], dict[str, list[float]](), list[float]()
        for _ in range(ROUNDS):
            found = run_round(own, draw, places, free)
            times = [seconds for kind in KINDS for seconds in found[kind]]
            ratios.append(percentile(times, 0.95) / percentile(found["by key"], 0.5))
            look_ups += found.pop("by key")
            for kind, seconds in found.items():
                searches.setdefault(kind, []).extend(seconds)
    return Outcome(
        "filter-search",
        ratios,
        TARGET,
        is_at_most=True,
        headings=["search", "p50 ms", "p95 ms", "p99 ms"],
        rows=[
            told("by primary key", look_ups),
            *(told(kind, seconds) for kind, seconds in searches.items()),
            told("all searches", [one for seconds in searches.values() for one in seconds]),
        ],
        notes=[f"{numbers:,} numbers; p95 of the searches over p50 of the look-ups by key"],
    )


def read_places(own: psycopg.Connection) -> list[Row]:
    """Draw numbers that stand for their places."""
    columns = ["country", "region", "npa", "nxx", "city", "rate_center"]
    found = own.execute(
        f"select {', '.join(columns)} from stock_stocknumber"
        " where state = 'available' and country = 'US' and number_type = 'geographic'"
        " order by hashint8(id) limit 5000".encode()
    )
    return [dict(zip(columns, row, strict=True)) for row in found]


def run_round(
    own: psycopg.Connection, draw: random.Random, places: list[Row], free: int
) -> dict[str, list[float]]:
    """Time every kind of search equally often, and before each a look-up by key."""
    times: dict[str, list[float]] = {kind: [] for kind in [*KINDS, "by key"]}
    for _ in range(QUERIES_PER_KIND):
        for kind, made_from in KINDS.items():
            times["by key"].append(time_of(own, look_up(draw.randint(1, free))))
            times[kind].append(time_of(own, search(made_from(draw.choice(places)))))
    return times


def time_of(own: psycopg.Connection, statement: Statement) -> float:
    began = time.perf_counter()
    own.execute(statement[0].encode(), statement[1]).fetchall()
    return time.perf_counter() - began


def look_up(key: int) -> Statement:
    from stock.models import StockNumber

    return StockNumber.objects.filter(pk=key).query.sql_with_params()


def search(wanted: dict[str, Any]) -> Statement:
    """Return what stock.searching sends for the first page."""
    from stock import asking, searching
    from stock.criteria import OfferCriteria, SortOrder

    criteria = OfferCriteria("US", **wanted)
    plan = searching.plan_for(criteria, limit=PAGE)
    asked = asking.statement(criteria, plan, order=SortOrder.NUMBER, limit=PAGE)
    return asked.sql, tuple(asked.values)


def check_answers(own: psycopg.Connection, draw: random.Random, places: list[Row]) -> None:
    """Compare one answer of each kind with reading the whole table."""
    for kind, made_from in KINDS.items():
        statement = search(made_from(draw.choice(places)))
        by_index = own.execute(statement[0].encode(), statement[1]).fetchall()
        with without_indexes(own):
            by_reading = own.execute(statement[0].encode(), statement[1]).fetchall()
        assert by_index, f"{kind}: nothing found"
        assert by_index == by_reading, f"{kind}: an index answers something else"


@contextlib.contextmanager
def without_indexes(own: psycopg.Connection) -> Iterator[None]:
    for scan in ("indexscan", "bitmapscan", "indexonlyscan"):
        own.execute(f"set enable_{scan} = off".encode())
    yield
    own.execute("reset all")


def told(name: str, times: list[float]) -> list[str]:
    return [name, *(milliseconds(percentile(times, share)) for share in (0.5, 0.95, 0.99))]
