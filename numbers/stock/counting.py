"""Keeping the rollups of stock/counts.py true.

Triggers note which exchanges have changed, and a sweep counts those anew, so that no sale waits
for a counter. Whatever is sold while we count is noted again, and counted next time.
"""

from collections.abc import Collection

from celery import shared_task
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

# Held by whoever counts: of two at once, the older figure could win.
COUNTING_LOCK = 7_310_001
STALE_PER_BATCH = 20_000
# Above this, reading the whole stock once is quicker than each exchange by its index.
MANY_EXCHANGES = 4_000

Region = tuple[str, str]

TAKE_STALE = """
delete from public.stock_stalecount
where id in (select id from public.stock_stalecount order by id limit %s)
returning prefix
"""
EXCHANGE_COLUMNS = "country, region, npa, nxx, city, rate_center, number_type"
FORGET_EXCHANGES = """
delete from public.stock_exchangecount where prefix = any(%s) returning country, region
"""
COUNT_EXCHANGES = f"""
insert into public.stock_exchangecount (prefix, {EXCHANGE_COLUMNS}, available, with_sms)
select wanted.prefix, {EXCHANGE_COLUMNS}, count(*), count(*) filter (where has_sms)
from unnest(%s::text[]) wanted(prefix) cross join lateral (
    select {EXCHANGE_COLUMNS}, has_sms from public.stock_stocknumber
    where state = 'available' and digits >= wanted.prefix collate "C"
        and digits < (wanted.prefix || ':') collate "C"
        -- Abroad one prefix may begin with another.
        and public.stock_prefix(digits, nxx) = wanted.prefix
    -- Without it PostgreSQL reads the whole stock once, to join by the line above.
    offset 0
) number
group by wanted.prefix, {EXCHANGE_COLUMNS}
returning country, region
"""
COUNT_ALL_EXCHANGES = f"""
insert into public.stock_exchangecount (prefix, {EXCHANGE_COLUMNS}, available, with_sms)
select public.stock_prefix(digits, nxx), {EXCHANGE_COLUMNS}, count(*),
    count(*) filter (where has_sms)
from public.stock_stocknumber where state = 'available'
group by public.stock_prefix(digits, nxx), {EXCHANGE_COLUMNS}
"""
FORGET_PLACES = "delete from public.stock_placecount {which}"
COUNT_PLACES = """
insert into public.stock_placecount
    (country, number_type, level, region, name, available, with_sms)
select country, number_type, level, region, name, sum(available), sum(with_sms)
from public.stock_exchangecount cross join lateral (values
    ('region', region), ('area_code', npa), ('rate_center', rate_center), ('city', city)
) as place(level, name)
{which}
group by country, number_type, level, region, name
having level = 'region' or name <> ''
"""
OF_REGIONS = """
where (country, region) in (
    select * from unnest(%(countries)s::text[], %(regions)s::text[])
)
"""


def recount_stale() -> int:
    """Count anew what has changed, and return how many notes that were. 0 if others are at it."""
    recounted = 0
    while taken := _recount_some():
        recounted += taken
    return recounted


@shared_task
def recount_stale_task() -> None:
    recount_stale()


@transaction.atomic
def rebuild() -> None:
    """Count everything."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [COUNTING_LOCK])
        cursor.execute("delete from public.stock_stalecount")
        _rebuild(cursor)


@transaction.atomic
def _recount_some() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [COUNTING_LOCK])
        if cursor.fetchone() == (False,):
            return 0
        cursor.execute(TAKE_STALE, [STALE_PER_BATCH])
        notes = [prefix for (prefix,) in cursor.fetchall()]
        prefixes = sorted(set(notes))
        if len(prefixes) > MANY_EXCHANGES:
            _rebuild(cursor)
        elif prefixes:
            _count_regions(cursor, _count_exchanges(cursor, prefixes))
    return len(notes)


def _count_exchanges(cursor: CursorWrapper, prefixes: list[str]) -> set[Region]:
    """Return the regions whose figures that may have changed."""
    cursor.execute(FORGET_EXCHANGES, [prefixes])
    regions = set(cursor.fetchall())
    cursor.execute(COUNT_EXCHANGES, [prefixes])
    return regions | set(cursor.fetchall())


def _count_regions(cursor: CursorWrapper, regions: Collection[Region]) -> None:
    wanted = {
        "countries": [country for country, _ in regions],
        "regions": [region for _, region in regions],
    }
    cursor.execute(FORGET_PLACES.format(which=OF_REGIONS), wanted)
    cursor.execute(COUNT_PLACES.format(which=OF_REGIONS), wanted)


def _rebuild(cursor: CursorWrapper) -> None:
    cursor.execute("delete from public.stock_exchangecount")
    cursor.execute(COUNT_ALL_EXCHANGES)
    cursor.execute(FORGET_PLACES.format(which=""))
    cursor.execute(COUNT_PLACES.format(which=""))
