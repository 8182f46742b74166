"""The SQL that brings offers into the stock, a set at a time. Call inside a transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.backends.utils import CursorWrapper

from carriers.driver import Offer
from stock.copying import copy_csv
from stock.sku_matching import BEST_SKU, FITTING_SKUS, SHARE_SKUS

STAGE = """
create temporary table offered (
    digits text collate "C" primary key, country text, number_type text, region text, npa text,
    nxx text, city text, rate_center text, has_voice boolean, has_sms boolean, has_fax boolean,
    has_emergency boolean, has_a2p boolean, has_cnam boolean,
    setup_cost numeric(9, 4), monthly_cost numeric(9, 4), cost_currency text
) on commit drop
"""
COPY_OFFERS = """
copy offered from stdin (format csv, force_not_null (region, npa, nxx, city, rate_center))
"""
# The numbering plan knows places better than carriers do; an offer speaks where it is silent.
PLACE = f"""
create temporary table placed on commit drop as
select n.*, {BEST_SKU} as sku_id
from (
    select o.digits, o.country, coalesce(e.region, t.region, o.region) as region,
        coalesce(e.npa, t.npa, o.npa) as npa, coalesce(e.nxx, t.nxx, o.nxx) as nxx,
        coalesce(e.city, t.city, o.city) as city,
        coalesce(e.rate_center, t.rate_center, o.rate_center) as rate_center, o.number_type,
        o.has_voice, o.has_sms, o.has_fax, o.has_emergency, o.has_a2p, o.has_cnam, o.setup_cost,
        o.monthly_cost, o.cost_currency
    from offered o
    left join public.stock_exchange e on e.prefix = left(o.digits, -4)
    left join public.stock_exchange t
        on t.prefix = left(o.digits, -7) and t.nxx = '' and o.digits like '1%'
) n {FITTING_SKUS}
"""
WHAT_IT_IS = """
    number_type = wanted.number_type, has_voice = wanted.has_voice, has_sms = wanted.has_sms,
    has_fax = wanted.has_fax, has_emergency = wanted.has_emergency, has_a2p = wanted.has_a2p,
    has_cnam = wanted.has_cnam, setup_cost = wanted.setup_cost, monthly_cost = wanted.monthly_cost,
    cost_currency = wanted.cost_currency, sku_id = wanted.sku_id, connection_id = %(connection)s
"""
# Skipped while somebody is buying it; the next sync comes soon. Another carrier's number is taken
# over only where we buy: if it is cheaper there, or cannot be bought where it is.
UPDATE = f"""
with wanted as (
    select n.id as number_id, p.* from placed p join public.stock_stocknumber n using (digits)
    join public.carriers_connection holder on holder.id = n.connection_id
    join public.carriers_connection rival on rival.id = %(connection)s
    where n.state = 'available' and n.ours_since is null
        and (n.connection_id = %(connection)s
            or rival.is_buying_allowed
            and (not holder.is_buying_allowed
                or n.cost_currency = p.cost_currency
                and (p.monthly_cost, p.setup_cost) < (n.monthly_cost, n.setup_cost)))
        and (n.connection_id, n.number_type, n.has_voice, n.has_sms, n.has_fax,
                n.has_emergency, n.has_a2p, n.has_cnam, n.setup_cost,
                n.monthly_cost, n.cost_currency, n.sku_id)
            is distinct from (%(connection)s, p.number_type, p.has_voice, p.has_sms, p.has_fax,
                p.has_emergency, p.has_a2p, p.has_cnam,
                p.setup_cost, p.monthly_cost, p.cost_currency, p.sku_id)
    order by n.id for update of n skip locked
)
update public.stock_stocknumber n
set {WHAT_IT_IS},
    offered_at = case when n.connection_id = %(connection)s then n.offered_at else %(at)s end
from wanted where n.id = wanted.number_id
"""
RECOVER = f"""
with wanted as (
    select n.id as number_id, p.* from placed p join public.stock_stocknumber n using (digits)
    where n.state = 'deleted' and n.reason = 'gone'
    order by n.id for update of n skip locked
)
update public.stock_stocknumber n
set state = 'available', reason = '', state_changed_at = %(at)s, version = n.version + 1,
    {WHAT_IT_IS}, offered_at = %(at)s, ours_since = null, carrier_number_id = ''
from wanted where n.id = wanted.number_id
"""
INSERT = """
insert into public.stock_stocknumber (digits, state, reason, state_changed_at, version, country,
    region, npa, nxx, city, rate_center, number_type, has_voice, has_sms, has_fax,
    has_emergency, has_a2p, has_cnam, sku_id, connection_id, setup_cost, monthly_cost,
    cost_currency, offered_at, carrier_number_id)
select digits, 'available', '', %(at)s, 0, country, region, npa, nxx, city, rate_center,
    number_type, has_voice, has_sms, has_fax, has_emergency, has_a2p, has_cnam, sku_id,
    %(connection)s, setup_cost, monthly_cost, cost_currency, %(at)s, ''
from placed
on conflict (digits) do nothing
"""
STAGE_LISTED = 'create temporary table listed (digits text collate "C" primary key) on commit drop'
OFFERED = "n.connection_id = %(connection)s and n.state = 'available' and n.ours_since is null"
UNLISTED = f"{OFFERED} and not exists (select from listed l where l.digits = n.digits)"
COUNT_UNLISTED = f"""
select count(*),
    count(*) filter (where not exists (select from listed l where l.digits = n.digits))
from public.stock_stocknumber n where {OFFERED}
"""
# What has never been moved has left no trace anywhere, and leaves none now.
# Found once, in a query of its own: within the statement, a planner that expects few rows would
# look for the unlisted again for each number there is.
DELETE_UNLISTED = f"""
with unlisted as materialized (
    select n.id from public.stock_stocknumber n where {UNLISTED} and n.version = 0
    order by n.id for update of n skip locked
)
delete from public.stock_stocknumber n using unlisted where n.id = unlisted.id
"""
RETIRE_UNLISTED = f"""
with unlisted as materialized (
    select n.id from public.stock_stocknumber n where {UNLISTED} and n.version > 0
    order by n.id for update of n skip locked
)
update public.stock_stocknumber n
set state = 'deleted', reason = 'gone', state_changed_at = %(at)s, version = n.version + 1,
    offered_at = null
from unlisted where n.id = unlisted.id
"""


def stage(cursor: CursorWrapper, offers: Sequence[Offer]) -> None:
    """Bring the offers into temporary tables, with the places the numbering plan knows."""
    # A feed that names a number twice means what it says last.
    rows = {offer.number: _row(offer) for offer in offers}
    cursor.execute(SHARE_SKUS)
    cursor.execute("drop table if exists pg_temp.offered, pg_temp.placed")
    cursor.execute(STAGE)
    copy_csv(cursor, COPY_OFFERS, rows.values())
    cursor.execute("analyze offered")
    cursor.execute(PLACE)
    cursor.execute("analyze placed")


def merge_staged(cursor: CursorWrapper, *, connection_id: int, at: datetime) -> None:
    for statement in (UPDATE, RECOVER, INSERT):
        cursor.execute(statement, {"connection": connection_id, "at": at})


def stage_listed(cursor: CursorWrapper, listed: Iterable[int]) -> None:
    cursor.execute("drop table if exists pg_temp.listed")
    cursor.execute(STAGE_LISTED)
    copy_csv(cursor, "copy listed from stdin (format csv)", ([digits] for digits in set(listed)))
    cursor.execute("analyze listed")


def count_unlisted(cursor: CursorWrapper, *, connection_id: int) -> tuple[int, int]:
    """Return how many numbers the connection offers by our stock, and how many of them it lacks."""
    cursor.execute(COUNT_UNLISTED, {"connection": connection_id})
    offered, unlisted = cursor.fetchone()
    return offered, unlisted


def remove_unlisted(cursor: CursorWrapper, *, connection_id: int, at: datetime) -> None:
    for statement in (DELETE_UNLISTED, RETIRE_UNLISTED):
        cursor.execute(statement, {"connection": connection_id, "at": at})


def _row(offer: Offer) -> Sequence[object]:
    return (
        offer.number[1:],
        offer.country,
        offer.number_type,
        offer.region,
        offer.npa,
        offer.nxx,
        offer.locality,
        offer.rate_center,
        "voice" in offer.features,
        "sms" in offer.features,
        "fax" in offer.features,
        "emergency" in offer.features,
        "a2p" in offer.features,
        "cnam" in offer.features,
        offer.setup,
        offer.monthly,
        offer.currency,
    )
