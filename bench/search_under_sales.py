"""Pattern search while numbers are sold and given back all the time, against a quiet stock."""

import multiprocessing
import multiprocessing.synchronize
import random
import time

import psycopg

from bench.database import AT
from bench.outcome import ROUNDS, Outcome, milliseconds, percentile
from bench.pattern_mix import SEED, ask, connect, draw_mix, prepare, read_area_codes

CHANGES_PER_SECOND = 500
SELLERS = 2
MIXES_PER_ROUND = 12
# What a cart does to a number, and what the end of its hold does.
RESERVE = f"""
update stock_stocknumber set state = 'reserved', reason = 'cart', reserved_for_id = 1,
    reserved_until = '{AT}', state_changed_at = '{AT}', version = version + 1
where id = %s and state = 'available'
"""
RELEASE = f"""
update stock_stocknumber set state = 'available', reason = '', reserved_for_id = null,
    reserved_until = null, state_changed_at = '{AT}', version = version + 1
where id = %s and state = 'reserved'
"""

Event = multiprocessing.synchronize.Event


def measure(url: str, *, numbers: int) -> Outcome:
    free = prepare(url, numbers=numbers)
    draw = random.Random(SEED)
    with connect(url) as own:
        own.execute("alter table stock_stocknumber set (autovacuum_enabled = on)")
        area_codes = read_area_codes(own)
        rounds = []
        for _ in range(ROUNDS):
            calm = run_round(own, draw, area_codes)
            with Sellers(url, free) as sellers:
                busy = run_round(own, draw, area_codes)
            rounds.append((calm, busy, sellers.changes_per_second))
    return Outcome(
        "search-under-sales",
        [percentile(busy, 0.95) / percentile(calm, 0.95) for calm, busy, _ in rounds],
        None,
        is_at_most=True,
        headings=["stock", "p50 ms", "p95 ms", "p99 ms"],
        rows=[
            told("quiet", [one for calm, _, _ in rounds for one in calm]),
            told("busy", [one for _, busy, _ in rounds for one in busy]),
        ],
        notes=[
            f"{numbers:,} numbers; {min(speed for *_, speed in rounds):,.0f} to "
            f"{max(speed for *_, speed in rounds):,.0f} changes of state a second, each a "
            "transaction of its own"
        ],
    )


def run_round(own: psycopg.Connection, draw: random.Random, area_codes: list[str]) -> list[float]:
    times = []
    for _ in range(MIXES_PER_ROUND):
        for _, criteria, _ in draw_mix(draw, area_codes):
            began = time.perf_counter()
            sql, values = ask(criteria)
            own.execute(sql, values).fetchall()
            times.append(time.perf_counter() - began)
    return times


class Sellers:
    """Processes that change numbers at an even pace until they are stopped."""

    def __init__(self, url: str, free: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.stop = context.Event()
        self.counts: multiprocessing.Queue[float] = context.Queue()
        self.processes = [
            context.Process(target=sell, args=(url, free, seed, self.stop, self.counts))
            for seed in range(SELLERS)
        ]
        self.changes_per_second = 0.0

    def __enter__(self) -> "Sellers":
        for process in self.processes:
            process.start()
        for _ in self.processes:
            # Each says so when it has begun.
            self.counts.get()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.changes_per_second = sum(self.counts.get() for _ in self.processes)
        for process in self.processes:
            process.join()


def sell(
    url: str, free: int, seed: int, stop: Event, counts: "multiprocessing.Queue[float]"
) -> None:
    """Reserve and release numbers in turns, and tell how many changes a second that were."""
    draw = random.Random(seed)
    pause = SELLERS / CHANGES_PER_SECOND
    changes = 0
    with psycopg.connect(url, autocommit=True) as own:
        counts.put(0)
        began = time.perf_counter()
        while not stop.is_set():
            key = draw.randint(1, free)
            for statement in (RESERVE, RELEASE):
                own.execute(statement.encode(), [key])
                changes += 1
                ahead = began + changes * pause - time.perf_counter()
                if ahead > 0:
                    time.sleep(ahead)
        counts.put(changes / (time.perf_counter() - began))


def told(name: str, times: list[float]) -> list[str]:
    return [name, *(milliseconds(percentile(times, share)) for share in (0.5, 0.95, 0.99))]
