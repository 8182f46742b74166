"""Claiming any number of a place by 64 buyers at once, against an UPDATE of a row by its key.

Both sides write the same columns of the same table, under the same triggers, constraints and
indexes, each in a city of its own; pgbench sends them prepared. No number may be sold twice: each
sale adds one to `version`.
"""

from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

import psycopg

from bench.database import AT, fill
from bench.outcome import ROUNDS, Outcome
from bench.reserve import CLIENTS, HOT_POOL, pgbench, plain_statement

TARGET = 0.6
CLAIM, UPDATE = "claim", "update"
LEAST_POOL = 50_000
# Area codes without a city of the plan's, and the seven digits that follow them.
CITIES = {"212": CLAIM, "646": UPDATE, "917": "hot"}
FIRST_LINE, LAST_LINE = 2_000_000, 9_999_999
# Buyers begin so far before the first and the last line, so that nobody has to go round.
HEAD_START = 100_000
MAKE_CITY = """
insert into stock_stocknumber (digits, state, reason, state_changed_at, version, country, region,
    npa, nxx, city, rate_center, number_type, has_voice, has_sms, has_fax, sku_id, connection_id,
    setup_cost, monthly_cost, cost_currency, offered_at, carrier_number_id)
select '1' || %(npa)s || line, 'available', '', %(at)s::timestamptz, 0, 'US', 'NY', %(npa)s,
    left(line, 3), %(city)s, %(city)s, 'geographic', true, true, false, 1, 1, 0.2, 0.4, 'USD',
    %(at)s::timestamptz, ''
from (
    select (%(first)s + n::bigint * (%(last)s - %(first)s) / (%(size)s - 1))::text as line
    from generate_series(0, %(size)s - 1) n
) made
"""


def measure(url: str, *, numbers: int) -> Outcome:
    fill(url, numbers=numbers)
    size = max(numbers // 5, LEAST_POOL)
    each = size // 2 // ROUNDS // CLIENTS
    with psycopg.connect(url, autocommit=True) as own:
        make_cities(own, size)
        [(first,)] = own.execute("select min(id) from stock_stocknumber where city = 'update'")
        rounds = []
        for number in range(ROUNDS):
            found = {}
            for side in [CLAIM, UPDATE] if number % 2 else [UPDATE, CLAIM]:
                if side == CLAIM:
                    found[side] = claim(url, "212", each=each)
                else:
                    found[side] = update(url, first + number * each * CLIENTS, each=each)
                sold = (number + 1) * each * CLIENTS
                assert sold_in(own, side) == (sold, 1), f"{sold_in(own, side)} of {sold} were sold"
                own.execute("truncate stock_stalecount")
            rounds.append(found)
        hot = claim(url, "917", each=HOT_POOL * 10 // CLIENTS)
        assert sold_in(own, "hot") == (HOT_POOL, 1), sold_in(own, "hot")
    return Outcome(
        "any-number",
        [found[CLAIM] / found[UPDATE] for found in rounds],
        TARGET,
        is_at_most=False,
        headings=["statement", "per second"],
        rows=[
            ["UPDATE of the row", f"{median(found[UPDATE] for found in rounds):,.0f}"],
            ["claim any of a city", f"{median(found[CLAIM] for found in rounds):,.0f}"],
            [f"claim, all after the same {HOT_POOL:,} numbers", f"{hot:,.0f}"],
        ],
        notes=[
            f"{numbers:,} numbers and two cities of {size:,}, {CLIENTS} clients, "
            f"{each * CLIENTS:,} claims a run; none sold twice, no transaction failed"
        ],
    )


def make_cities(own: psycopg.Connection, size: int) -> None:
    """Put numbers of three cities on sale, without triggers; the last has few."""
    own.execute("set session_replication_role = replica")
    lines = {"first": FIRST_LINE, "last": LAST_LINE, "at": AT}
    own.execute("delete from stock_stocknumber where region = 'NY'")
    for npa, city in CITIES.items():
        made = lines | {"npa": npa, "city": city, "size": HOT_POOL if city == "hot" else size}
        own.execute(MAKE_CITY, made)
    own.execute("set session_replication_role = origin")
    own.execute("vacuum (analyze) stock_stocknumber")


def claim(url: str, npa: str, *, each: int) -> float:
    """Let every client claim `each` numbers, one at a time; return claims a second."""
    first, last = (f"1{npa}{line - HEAD_START}" for line in (FIRST_LINE, LAST_LINE))
    script = f"\\set start random({first}, {last})\n{product_statement(npa)};\n"
    return pgbench(url, script, each=each)


def update(url: str, first: int, *, each: int) -> float:
    mine = f"\\set n :n + 1\n\\set key {first} + :client_id * {each} + :n - 1\n"
    return pgbench(url, f"{mine}{plain_statement()};\n", each=each)


def product_statement(npa: str) -> str:
    """Return the statement with which stock.claiming takes one number from `:start` on."""
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from stock import claiming
    from stock.coverage import Lot, Place
    from stock.models import Tier
    from tenants.models import Tenant

    at = datetime.fromisoformat(AT)
    place = Place("US", CITIES[npa], "NY", npa, "geographic", UUID(int=0))
    tier = Tier(
        sku_id=1, connection_id=1, is_ours=False, setup_cost="0.2", monthly_cost="0.4",
        cost_currency="USD",
    )  # fmt: skip
    start = f"1{npa}{FIRST_LINE}"
    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        claiming.claim_any(
            Lot(place, "", 1, [tier], [start]),
            count=1,
            start=start,
            tenant=Tenant.objects.get(),
            until=at + timedelta(minutes=15),
            at=at,
        )
        transaction.set_rollback(True)
    [statement] = [q["sql"] for q in captured if q["sql"].lstrip().startswith("update")]
    assert statement.count(f"'{start}'") == 1, statement
    return statement.replace(f"'{start}'", "(:start)::text").replace("\n", " ")


def sold_in(own: psycopg.Connection, city: str) -> tuple[int, int]:
    """Return how many numbers of a city are sold, and how often the one sold most often was."""
    row = own.execute(
        "select count(*), max(version) from stock_stocknumber where city = %s"
        " and state = 'reserved'",
        [city],
    ).fetchone()
    assert row
    return row
