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

# Country, region, city, area code and rate center.
Place = tuple[str, str, str, str, str]

TAKE_STALE = """
delete from public.stock_stalecount
where id in (select id from public.stock_stalecount order by id limit %s)
returning prefix
"""
EXCHANGE_COLUMNS = "country, region, npa, nxx, city, rate_center, number_type"
TIER_COLUMNS = "sku_id, connection_id, is_ours, setup_cost, monthly_cost, cost_currency"
COUNTED_COLUMNS = "available, with_sms, with_voice, with_fax, with_emergency"
COUNT = """
count(*) as available, count(*) filter (where has_sms) as with_sms,
count(*) filter (where has_voice) as with_voice, count(*) filter (where has_fax) as with_fax,
count(*) filter (where has_emergency) as with_emergency
"""
SUM_UP = """
sum(available), sum(with_sms), sum(with_voice), sum(with_fax), sum(with_emergency)
"""
FORGET_EXCHANGES = """
delete from public.stock_exchangecount where prefix = any(%s)
returning country, region, city, npa, rate_center
"""
# What is added to a table is not seen by the rest of the statement that adds it.
COUNT_NUMBERS = f"""
with counted as materialized (
    select prefix, {EXCHANGE_COLUMNS}, {TIER_COLUMNS}, {COUNT} from ({{numbers}}) number
    group by prefix, {EXCHANGE_COLUMNS}, {TIER_COLUMNS}
), added as (
    insert into public.stock_tier ({TIER_COLUMNS}) select distinct {TIER_COLUMNS} from counted
    on conflict do nothing returning id, {TIER_COLUMNS}
), tier as (
    select id, {TIER_COLUMNS} from public.stock_tier union all select id, {TIER_COLUMNS} from added
)
insert into public.stock_exchangecount (prefix, {EXCHANGE_COLUMNS}, tier_id, {COUNTED_COLUMNS})
select prefix, {EXCHANGE_COLUMNS}, tier.id, {COUNTED_COLUMNS} from counted join tier on
    (tier.sku_id, tier.connection_id, tier.is_ours, tier.cost_currency) =
        (counted.sku_id, counted.connection_id, counted.is_ours, counted.cost_currency)
    and (coalesce(tier.setup_cost, -1), coalesce(tier.monthly_cost, -1)) =
        (coalesce(counted.setup_cost, -1), coalesce(counted.monthly_cost, -1))
"""
AVAILABLE = "select *, ours_since is not null as is_ours"
COUNT_EXCHANGES = (
    COUNT_NUMBERS.format(
        numbers=f"""
    select * from unnest(%s::text[]) wanted(prefix) cross join lateral (
        {AVAILABLE} from public.stock_stocknumber
        where state = 'available' and digits >= wanted.prefix collate "C"
            and digits < (wanted.prefix || ':') collate "C"
            -- Abroad one prefix may begin with another.
            and public.stock_prefix(digits, nxx) = wanted.prefix
        -- Without it PostgreSQL reads the whole stock once, to join by the line above.
        offset 0
    ) available
"""
    )
    + "returning country, region, city, npa, rate_center"
)
COUNT_ALL_EXCHANGES = COUNT_NUMBERS.format(
    numbers=f"""
    {AVAILABLE}, public.stock_prefix(digits, nxx) as prefix
    from public.stock_stocknumber where state = 'available'
"""
)
FORGET_COVERAGE = "delete from public.stock_coverage where true {which}"
# Parts of a key are divided by what sorts before every letter, so that keys sort as their parts.
COUNT_COVERAGE = f"""
insert into public.stock_coverage (country, key, city, region, npa, number_type, sku_id, tier_id,
    prefixes, {COUNTED_COLUMNS})
select country, concat_ws(e'\\t', city, region, npa, number_type, reference), city, region, npa,
    number_type, sku_id, tier_id, array_agg(distinct prefix), {SUM_UP}
from public.stock_exchangecount join (
    select tier.id as tier_id, sku_id, sku.reference
    from public.stock_tier tier join public.stock_sku sku on sku.id = tier.sku_id
) sold using (tier_id)
where true {{which}}
group by country, city, region, npa, number_type, sku_id, reference, tier_id
"""
OF_PLACES = """
and (country, region, city, npa) in (
    select * from unnest(
        %(countries)s::text[], %(regions)s::text[], %(cities)s::text[], %(npas)s::text[]
    )
)
"""
FORGET_PLACES = """
delete from public.stock_placecount where level <> 'rate_center' {which}
"""
COUNT_PLACES = """
insert into public.stock_placecount
    (country, number_type, level, region, name, available, with_sms)
select country, number_type, level, region, name, sum(available), sum(with_sms)
from public.stock_coverage cross join lateral (values
    ('region', region), ('area_code', npa), ('city', city)
) as place(level, name)
where (level = 'region' or name <> '') {which}
group by country, number_type, level, region, name
"""
OF_REGIONS = """
and (country, region) in (select * from unnest(%(countries)s::text[], %(regions)s::text[]))
"""
FORGET_RATE_CENTERS = """
delete from public.stock_placecount where level = 'rate_center' {which}
"""
COUNT_RATE_CENTERS = """
insert into public.stock_placecount
    (country, number_type, level, region, name, available, with_sms)
select country, number_type, 'rate_center', region, rate_center, sum(available), sum(with_sms)
from public.stock_exchangecount where rate_center <> '' {which}
group by country, number_type, region, rate_center
"""
OF_RATE_CENTERS = """
and (country, region, {column}) in (
    select * from unnest(%(countries)s::text[], %(regions)s::text[], %(rate_centers)s::text[])
)
"""
FORGET_TIERS = """
delete from public.stock_tier tier where not exists (
    select from public.stock_coverage counted where counted.tier_id = tier.id
)
"""
# What follows from the exchanges, in this order, and how each is kept to the places that changed.
STEPS = [
    (FORGET_COVERAGE, OF_PLACES),
    (COUNT_COVERAGE, OF_PLACES),
    (FORGET_PLACES, OF_REGIONS),
    (COUNT_PLACES, OF_REGIONS),
    (FORGET_RATE_CENTERS, OF_RATE_CENTERS.format(column="name")),
    (COUNT_RATE_CENTERS, OF_RATE_CENTERS.format(column="rate_center")),
    (FORGET_TIERS, ""),
]


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
            _follow(cursor, _count_exchanges(cursor, prefixes))
    return len(notes)


def _count_exchanges(cursor: CursorWrapper, prefixes: list[str]) -> set[Place]:
    """Return the places whose figures that may have changed."""
    cursor.execute(FORGET_EXCHANGES, [prefixes])
    places = set(cursor.fetchall())
    cursor.execute(COUNT_EXCHANGES, [prefixes])
    return places | set(cursor.fetchall())


def _follow(cursor: CursorWrapper, places: Collection[Place]) -> None:
    names = ("countries", "regions", "cities", "npas", "rate_centers")
    changed = {name: [place[n] for place in places] for n, name in enumerate(names)}
    for statement, which in STEPS:
        cursor.execute(statement.format(which=which), changed)


def _rebuild(cursor: CursorWrapper) -> None:
    cursor.execute("delete from public.stock_exchangecount")
    cursor.execute(COUNT_ALL_EXCHANGES)
    for statement, _ in STEPS:
        cursor.execute(statement.format(which=""))
