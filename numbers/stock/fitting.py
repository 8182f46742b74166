"""Bringing numbers to the SKU that fits them best, after one has come or gone.

The stock is walked along its keys, a piece at a time, each in a transaction of its own. What
somebody is just buying is left alone, and looked at again soon.
"""

import time
from datetime import datetime, timedelta

from celery import shared_task
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F

from lifecycle.clock import database_time, shortened
from stock.models import Cost, Price, Sku, SkuChange
from stock.repricing import lock_skus
from stock.sku_matching import BEST_SKU, FITTING_SKUS
from work import due
from work.crashing import crash_here
from work.models import DueWork

FIT_NUMBERS = "fit numbers"
# After this long a sweep begins nothing new, so that no lease ends under its hands.
SWEEP_SECONDS = due.LEASE.total_seconds() / 4
KEYS_PER_PIECE = 5_000
# How long a sale keeps a number locked, at most.
BUSY_WAIT = shortened(timedelta(seconds=2))
MISFITS = f"""
from public.stock_stocknumber n {FITTING_SKUS}
where n.id > %(after)s and n.id <= %(until)s
    and (n.country, n.number_type) = (%(country)s, %(number_type)s)
    and (n.region = %(region)s or %(region)s = '') and (n.city = %(city)s or %(city)s = '')
    and n.sku_id <> {BEST_SKU}
"""
MOVE = f"""
with misfits as (
    select n.id as number_id, {BEST_SKU} as best {MISFITS}
    order by n.id for update of n skip locked
)
update public.stock_stocknumber number set sku_id = misfits.best
from misfits where number.id = misfits.number_id
"""
COUNT_MISFITS = f"select count(*) {MISFITS}"
LAST_KEY = "select coalesce(max(id), 0) from public.stock_stocknumber"


def fit_numbers(*, at: datetime) -> None:
    """Work off the changes of SKUs that are due. May run many times at once."""
    ends = time.monotonic() + SWEEP_SECONDS
    while time.monotonic() < ends and (work := due.claim_next(FIT_NUMBERS, at=at)):
        follow_change(work, until=ends, at=at)


@shared_task
def fit_numbers_task() -> None:
    fit_numbers(at=database_time())


def follow_change(work: DueWork, *, until: float, at: datetime) -> None:
    """Move numbers until all fit, or `until` by the monotonic clock."""
    change = SkuChange.objects.select_related("sku").get(reference=work.subject)
    wait = timedelta(0)
    while change.looked_until < last_key() and not wait and time.monotonic() < until:
        wait = move_some(change)
        crash_here("numbers_fitted")
    if change.looked_until < last_key():
        due.put_off(work, at=at, wait=wait)
    else:
        end_change(change, at=at)


@transaction.atomic(durable=True)
def move_some(change: SkuChange) -> timedelta:
    """Look at the next piece of the stock; return how long to wait before the next one."""
    until = change.looked_until + KEYS_PER_PIECE
    piece: dict[str, int | str] = {
        "after": change.looked_until,
        "until": until,
        "country": change.sku.country,
        "number_type": change.sku.number_type,
        "region": change.sku.region,
        "city": change.sku.city,
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVE, piece)
        moved = cursor.rowcount
        cursor.execute(COUNT_MISFITS, piece)
        [left] = cursor.fetchone()
    if not left:
        change.looked_until = until
    SkuChange.objects.filter(pk=change.pk).update(
        looked_until=change.looked_until, numbers_moved=F("numbers_moved") + moved
    )
    return BUSY_WAIT if left else timedelta(0)


@transaction.atomic
def end_change(change: SkuChange, *, at: datetime) -> None:
    """All numbers fit. Of a SKU that went, prices and costs end, as nothing is sold by them."""
    if change.is_removal:
        lock_skus([change.sku_id])
        end_terms(change.sku, at=at)
    SkuChange.objects.filter(pk=change.pk).update(ended_at=at)
    due.finish(FIT_NUMBERS, subject=change.reference)


def end_terms(sku: Sku, *, at: datetime) -> None:
    for model in (Price, Cost):
        terms = model.objects.filter(sku=sku)
        terms.filter(valid__startswith__gte=at).delete()
        for held in terms.filter(valid__contains=at):
            held.valid = DateTimeTZRange(held.valid.lower, at)
            held.save(update_fields=["valid"])


def last_key() -> int:
    with connection.cursor() as cursor:
        cursor.execute(LAST_KEY)
        [key] = cursor.fetchone()
    return int(key)
