"""Taking numbers out of sale: our table with all its indexes, against one with the keys alone."""

import time
from collections.abc import Callable
from statistics import median

import psycopg

from bench.database import AT, fill
from bench.outcome import ROUNDS, Outcome

TARGET = 2.5
# A round takes a slice of its own, so that no row is changed twice.
SLICES = ROUNDS + 1
OURS, BARE = "stock_stocknumber", "bench_bare"
MAKE_BARE = f"""
create table {BARE} (like {OURS} including defaults including constraints) with (fillfactor = 85);
insert into {BARE} select * from {OURS} order by id;
alter table {BARE} add primary key (id);
alter table {BARE} add unique (digits);
alter table {BARE} set (autovacuum_enabled = off);
"""
RESERVE = f"""
update {{table}} set state = 'reserved', reason = 'cart', reserved_for_id = 1,
    reserved_until = timestamptz '{AT}', state_changed_at = timestamptz '{AT}',
    version = version + 1
where id between %(first)s and %(last)s and state = 'available'
"""
RELEASE = f"""
update {{table}} set state = 'available', reason = '', reserved_for_id = null,
    reserved_until = null, state_changed_at = timestamptz '{AT}', version = version + 1
where id between %(first)s and %(last)s and state = 'reserved'
"""


def measure(url: str, *, numbers: int) -> Outcome:
    free = fill(url, numbers=numbers)
    size = free // SLICES
    with psycopg.connect(url, autocommit=True) as own:
        own.execute(MAKE_BARE.encode())
        own.execute(f"vacuum (freeze, analyze) {OURS}".encode())
        own.execute(f"vacuum (freeze, analyze) {BARE}".encode())
        own.execute("checkpoint")
        # The indexes are what is compared: neither side has triggers or foreign keys to check.
        own.execute("set session_replication_role = replica")
        run = changer(own, size)
        run(0)
        rounds = [run(place) for place in range(1, SLICES)]
    return Outcome(
        "state-change",
        [found[RESERVE, OURS] / found[RESERVE, BARE] for found in rounds],
        TARGET,
        is_at_most=True,
        headings=["change", "all indexes µs/row", "keys alone µs/row", "ratio"],
        rows=[told("reserve", RESERVE, rounds), told("release", RELEASE, rounds)],
        notes=[f"{numbers:,} numbers, {size:,} of them a round; the ratio is that of reserving"],
    )


def changer(own: psycopg.Connection, size: int) -> Callable[[int], dict[tuple[str, str], float]]:
    def run(place: int) -> dict[tuple[str, str], float]:
        """Reserve and release one slice in both tables, ours first every other time."""
        tables = [OURS, BARE] if place % 2 else [BARE, OURS]
        bounds = {"first": place * size + 1, "last": (place + 1) * size}
        spent = {}
        for statement in (RESERVE, RELEASE):
            for table in tables:
                began = time.perf_counter()
                changed = own.execute(statement.format(table=table).encode(), bounds).rowcount
                spent[statement, table] = (time.perf_counter() - began) / size
                assert changed == size, f"{changed} of {size} rows of {table} changed"
        return spent

    return run


def told(name: str, statement: str, rounds: list[dict[tuple[str, str], float]]) -> list[str]:
    ours = median(found[statement, OURS] for found in rounds)
    bare = median(found[statement, BARE] for found in rounds)
    return [name, f"{ours * 1e6:.1f}", f"{bare * 1e6:.1f}", f"{ours / bare:.2f}"]
