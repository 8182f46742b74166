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

Place = tuple[str, str, str]

TAKE_STALE = """
delete from public.stock_stalecount
where id in (select id from public.stock_stalecount order by id limit %s)
returning prefix
"""
EXCHANGE_COLUMNS = "country, region, npa, nxx, city, rate_center, number_type"
FORGET_EXCHANGES = """
delete from public.stock_exchangecount where prefix = any(%s) returning country, region, city
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
returning country, region, city
"""
COUNT_ALL_EXCHANGES = f"""
insert into public.stock_exchangecount (prefix, {EXCHANGE_COLUMNS}, available, with_sms)
select public.stock_prefix(digits, nxx), {EXCHANGE_COLUMNS}, count(*),
    count(*) filter (where has_sms)
from public.stock_stocknumber where state = 'available'
group by public.stock_prefix(digits, nxx), {EXCHANGE_COLUMNS}
"""
WANTED_PLACES = """
unnest(%(countries)s::text[], %(regions)s::text[], %(cities)s::text[])
    as wanted(country, region, city)
"""
FORGET_CITIES = f"""
delete from public.stock_placecount where not is_whole_region
    and (country, region, city) in (select * from {WANTED_PLACES})
"""
FORGET_REGIONS = f"""
delete from public.stock_placecount where is_whole_region
    and (country, region) in (select wanted.country, wanted.region from {WANTED_PLACES})
"""
PLACE_COLUMNS = "country, region, city, is_whole_region, number_type, available, with_sms"
COUNT_CITIES = """
insert into public.stock_placecount ({columns})
select country, region, city, false, number_type, sum(available), sum(with_sms)
from public.stock_exchangecount where city <> '' {which}
group by country, region, city, number_type
"""
COUNT_REGIONS = """
insert into public.stock_placecount ({columns})
select country, region, '', true, number_type, sum(available), sum(with_sms)
from public.stock_exchangecount where true {which}
group by country, region, number_type
"""
OF_CITIES = f"and (country, region, city) in (select * from {WANTED_PLACES})"
OF_REGIONS = f"and (country, region) in (select wanted.country, wanted.region from {WANTED_PLACES})"


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
            _count_places(cursor, _count_exchanges(cursor, prefixes))
    return len(notes)


def _count_exchanges(cursor: CursorWrapper, prefixes: list[str]) -> set[Place]:
    """Return the places whose figures that may have changed."""
    cursor.execute(FORGET_EXCHANGES, [prefixes])
    places = set(cursor.fetchall())
    cursor.execute(COUNT_EXCHANGES, [prefixes])
    return places | set(cursor.fetchall())


def _count_places(cursor: CursorWrapper, places: Collection[Place]) -> None:
    wanted = {
        "countries": [country for country, _, _ in places],
        "regions": [region for _, region, _ in places],
        "cities": [city for _, _, city in places],
    }
    cursor.execute(FORGET_CITIES, wanted)
    cursor.execute(FORGET_REGIONS, wanted)
    cursor.execute(COUNT_CITIES.format(columns=PLACE_COLUMNS, which=OF_CITIES), wanted)
    cursor.execute(COUNT_REGIONS.format(columns=PLACE_COLUMNS, which=OF_REGIONS), wanted)


def _rebuild(cursor: CursorWrapper) -> None:
    cursor.execute("delete from public.stock_exchangecount")
    cursor.execute("delete from public.stock_placecount")
    cursor.execute(COUNT_ALL_EXCHANGES)
    cursor.execute(COUNT_CITIES.format(columns=PLACE_COLUMNS, which=""))
    cursor.execute(COUNT_REGIONS.format(columns=PLACE_COLUMNS, which=""))
