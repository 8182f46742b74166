"""A database of the bench's own: our migrations, and a stock made from the numbering plan."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

LOGINS = Path(__file__).resolve().parent.parent / "config" / "logins.sql"
TOLL_FREE_SHARE = 0.1
# Of ten numbers seven can be bought; the others are in use.
MAKE_NUMBERS = """
insert into stock_stocknumber (digits, state, reason, state_changed_at, version, country, region,
    npa, nxx, city, rate_center, number_type, has_voice, has_sms, has_fax, sku_id, connection_id,
    setup_cost, monthly_cost, cost_currency, offered_at, ours_since, carrier_number_id,
    memorability)
select digits, case when is_free then 'available' else 'assigned' end, '', %(at)s::timestamptz, 0,
    country, region, npa, nxx, city, rate_center, number_type, true, hash %% 10 < 7,
    hash %% 10 < 4, 1, 1, 0.2, 0.4 + hash %% 4 * 0.1, 'USD', %(at)s::timestamptz,
    case when is_free then null else %(at)s::timestamptz end, '',
    (public.stock_memorability(digits)).score
from (
    select *, hashint8(digits::bigint + 2) & 1023 as hash, %(is_free)s as is_free
    from (
        select e.*, e.prefix || lpad(((n * 7919 + e.id * 104729) %% 10000)::text, 4, '0') as digits
        from stock_exchange e cross join generate_series(1, %(each)s) n
        where not (e.nxx = '' and e.prefix like '1%%')
        union all
        select e.*, e.prefix || (2000000 + (n * 7919 + e.id * 104729) %% 8000000)::text as digits
        from stock_exchange e cross join generate_series(1, %(each_toll_free)s) n
        where e.nxx = '' and e.prefix like '1%%'
    ) made
    where (hashint8(digits::bigint + 1) & 1023 < 717) = %(is_free)s
    order by hashint8(digits::bigint) limit %(limit)s
) drawn
order by digits
"""
AT = "2026-11-22 12:00+00"
FREE_SHARE = 0.7
ONE_OF_EACH = """
insert into tenants_tenant (id, schema_name, state, state_changed_at, version, reference, name,
    country, currency, time_zone, billing_email, suspended_because, created_at, vat_number)
values (1, 't_00000000000000aa', 'ready', now(), 0, gen_random_uuid(), 'Acme', 'US', 'USD', 'UTC',
    '', '', now(), '');
insert into stock_sku (id, reference, code, name, country, number_type, region, city)
values (1, gen_random_uuid(), 'US-GEO', 'United States, geographic', 'US', 'geographic', '', '');
insert into carriers_connection (id, reference, name, driver, sealed_key, is_buying_allowed,
    quarantine_seconds, health, carrier_currency, synced_count, sync_error)
values (1, gen_random_uuid(), 'Sandbox', 'sandbox', '', true, 600, '', '', 0, '');
"""


@contextlib.contextmanager
def own_database(server: str) -> Iterator[str]:
    """Make an empty database beside `server`, point Django at it, and drop it afterwards."""
    name = f"bench_{os.getpid()}"
    url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
        try:
            with psycopg.connect(url, autocommit=True) as own:
                own.execute(LOGINS.read_bytes())
            os.environ |= {
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "SECRET_KEY": "only for a bench, and only on this machine, 0123456789",
                "DATABASE_LOGIN": "owner",
                "DATABASE_URL": url,
                "OWNER_DATABASE_URL": url,
            }
            yield url
        finally:
            connection.execute(f"drop database {name} with (force)".encode())


def fill(url: str, *, numbers: int) -> int:
    """Migrate, load the plan and make `numbers` numbers; return how many can be bought.

    Their ids are 1, 2, … without a gap; those of numbers in use follow.
    """
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    call_command("migrate_schemas", shared=True, verbosity=0)
    call_command("load_numbering_plan")
    connection.close()
    free = int(numbers * FREE_SHARE)
    with psycopg.connect(url) as own:
        # No triggers and no foreign keys while loading.
        own.execute("set session_replication_role = replica")
        own.execute(ONE_OF_EACH)
        indexes = drop_search_indexes(own)
        for is_free, limit in [(True, free), (False, numbers - free)]:
            own.execute(MAKE_NUMBERS, sizes(own, numbers) | {"is_free": is_free, "limit": limit})
        for definition in indexes:
            own.execute(definition.encode())
    with psycopg.connect(url, autocommit=True) as own:
        own.execute("alter table stock_stocknumber set (autovacuum_enabled = off)")
        own.execute("vacuum (analyze) stock_stocknumber")
        check_size(own, numbers, free)
    return free


def sizes(own: psycopg.Connection, numbers: int) -> dict[str, object]:
    """Return how many numbers each prefix needs; a little more than enough, and cut off."""
    row = own.execute(
        "select count(*) filter (where not is_code), count(*) filter (where is_code)"
        " from (select nxx = '' and prefix like '1%' as is_code from stock_exchange) prefixes"
    ).fetchone()
    assert row
    exchanges, toll_free_codes = row
    toll_free = numbers * TOLL_FREE_SHARE
    return {
        "at": AT,
        "each": int((numbers - toll_free) * 1.1 / exchanges) + 2,
        "each_toll_free": int(toll_free / toll_free_codes),
    }


def drop_search_indexes(own: psycopg.Connection) -> list[str]:
    """Drop all indexes of the stock that no constraint needs, and return what makes them anew."""
    found = own.execute(
        "select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i"
        " where i.indrelid = 'stock_stocknumber'::regclass and not i.indisunique"
    ).fetchall()
    for name, _ in found:
        own.execute(f"drop index {name}".encode())
    return [definition for _, definition in found]


def check_size(own: psycopg.Connection, numbers: int, free: int) -> None:
    row = own.execute(
        "select count(*), count(*) filter (where state = 'available'),"
        " max(id) filter (where state = 'available') from stock_stocknumber"
    ).fetchone()
    assert row == (numbers, free, free), f"the stock came out as {row}"
