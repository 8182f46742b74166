"""Bringing the numbering plan into the database."""

from collections.abc import Iterable
from dataclasses import astuple

from django.db import connection, transaction

from stock.copying import copy_csv
from stock.numbering_plan import PlanRow

PLAN_COLUMNS = "prefix, country, region, npa, nxx, city, rate_center, lata, number_type"
STAGE_PLAN = """
create temporary table plan (prefix text collate "C" primary key, country text, region text,
    npa text, nxx text, city text, rate_center text, lata text, number_type text) on commit drop
"""
COPY_PLAN = f"""
copy plan from stdin (format csv, force_not_null ({PLAN_COLUMNS}))
"""
# A rate center is kept once there is one: it may be an imported one, and then it knows better.
MERGE_PLAN = f"""
insert into public.stock_exchange as exchange ({PLAN_COLUMNS})
select {PLAN_COLUMNS} from plan
on conflict (prefix) do update set country = excluded.country, region = excluded.region,
    npa = excluded.npa, nxx = excluded.nxx, city = excluded.city,
    number_type = excluded.number_type,
    rate_center = coalesce(nullif(exchange.rate_center, ''), excluded.rate_center)
where (exchange.country, exchange.region, exchange.npa, exchange.nxx, exchange.city,
        exchange.number_type)
    is distinct from (excluded.country, excluded.region, excluded.npa, excluded.nxx,
        excluded.city, excluded.number_type)
    or exchange.rate_center = '' and excluded.rate_center <> ''
"""


@transaction.atomic
def load_plan(rows: Iterable[PlanRow]) -> int:
    """Add or update exchanges, and return how many have changed. Safe to repeat."""
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.plan")
        cursor.execute(STAGE_PLAN)
        copy_csv(cursor, COPY_PLAN, (astuple(row) for row in rows))
        cursor.execute(MERGE_PLAN)
        changed: int = cursor.rowcount
    return changed
