"""Counting how many numbers that can be bought cost us the same: the rollup CostOnSale.

Reading the whole stock for one page would take seconds, and costs move with syncs alone.
"""

from datetime import UTC, datetime, timedelta

from celery import shared_task
from django.db import connection, transaction
from django.db.models import Max

from carriers.models import Connection
from lifecycle.clock import database_time
from stock.models import CostOnSale, SkuChange

# Sales change the counts a little all the time; costs come with a sync or a new SKU.
EVERY = timedelta(minutes=10)
# Held by whoever counts: of two at once, the older figures could win.
COUNTING_LOCK = 7_310_002
COUNT = """
insert into public.stock_costonsale
    (sku_id, connection_id, setup_cost, monthly_cost, currency, numbers, counted_at)
select sku_id, connection_id, setup_cost, monthly_cost, cost_currency, count(*), %s
from public.stock_stocknumber where state = 'available'
group by sku_id, connection_id, setup_cost, monthly_cost, cost_currency
"""


def recount_costs(*, at: datetime) -> None:
    """Count anew after a sync or a change of SKUs has ended, and in any case now and then."""
    counted_at = CostOnSale.objects.aggregate(at=Max("counted_at"))["at"]
    is_old = counted_at is None or counted_at <= at - EVERY
    if is_old or (counted_at <= _last_change() and not _is_changing(at=at)):
        count(at=at)


@shared_task
def recount_costs_task() -> None:
    recount_costs(at=database_time())


@transaction.atomic
def count(*, at: datetime) -> None:
    """Count everything, unless another worker is at it."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [COUNTING_LOCK])
        if cursor.fetchone() == (True,):
            cursor.execute("delete from public.stock_costonsale")
            cursor.execute(COUNT, [at])


def _is_changing(*, at: datetime) -> bool:
    """Tell whether a sync or a change of SKUs is under way: then it is too early to count."""
    syncing = Connection.objects.filter(sync_lease_until__gt=at)
    return syncing.exists() or SkuChange.objects.filter(ended_at=None).exists()


def _last_change() -> datetime:
    """Return when that which last touched costs or SKUs of many numbers began."""
    synced = Connection.objects.aggregate(at=Max("synced_at"))["at"]
    moved = SkuChange.objects.aggregate(at=Max("ended_at"))["at"]
    known = [moment for moment in (synced, moved) if moment]
    return max(known, default=datetime.min.replace(tzinfo=UTC))
