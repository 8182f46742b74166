"""Run one benchmark: `python -m bench NAME [--small | --numbers N]`.

BENCH_DATABASE_URL names a superuser's database; the bench makes and drops its own beside it. The
last line printed is one JSON object with name, ratio, target and ok.
"""

import argparse
import importlib
import os
import sys

from bench.database import own_database

MODULES = {
    "any-number": "bench.any_number",
    "filter-search": "bench.filter_search",
    "facets": "bench.facets",
    "reserve": "bench.reserve",
    "state-change": "bench.state_change",
    "pattern-search": "bench.pattern_search",
    "pattern-tail": "bench.pattern_tail",
    "pattern-vs-like": "bench.pattern_vs_like",
    "bulk-lookup": "bench.bulk_lookup",
    "search-under-sales": "bench.search_under_sales",
    "search-page": "bench.search_page",
}
NUMBERS = 1_000_000
SMALL_NUMBERS = 100_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=sorted(MODULES))
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--small", action="store_true", help=f"{SMALL_NUMBERS:,} numbers")
    size.add_argument("--numbers", type=int, default=NUMBERS, help=f"instead of {NUMBERS:,}")
    chosen = parser.parse_args()
    server = os.environ.get("BENCH_DATABASE_URL")
    if not server:
        parser.error("BENCH_DATABASE_URL is not set; run it as ./dev bench")
    with own_database(server) as url:
        # Only now: the benches import the product, whose settings come from the environment.
        measure = importlib.import_module(MODULES[chosen.name]).measure
        outcome = measure(url, numbers=SMALL_NUMBERS if chosen.small else chosen.numbers)
    print(outcome.table())
    print(outcome.json_line())
    return 0


if __name__ == "__main__":
    sys.exit(main())
