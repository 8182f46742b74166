"""Taking any numbers of a place out of sale for one tenant, as many as are wanted.

Every buyer begins at another point of the place, takes what is free from there on and steps over
what somebody else is just taking: nobody waits, and no number is taken twice.
"""

import random
from datetime import datetime
from functools import partial

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from stock import reserving
from stock.coverage import Lot, Place
from stock.digits import AFTER_DIGITS, calling_code
from stock.models import ReservedBecause, StockNumber, StockState, Tier
from tenants.models import Tenant

# The array is made once, while a plain IN might lock anew for every row it looks at.
CLAIM = """
update public.stock_stocknumber
set state = %s, reason = %s, reserved_for_id = %s, reserved_until = %s, state_changed_at = %s,
    version = version + 1
where id = any(array({chosen}))
returning id
"""


@transaction.atomic
def claim_any(
    lot: Lot, *, count: int, start: str, tenant: Tenant, until: datetime, at: datetime
) -> list[StockNumber]:
    """Hold up to `count` numbers of the lot for the tenant's cart: fewer if there are no more.

    Digits from `start` on come first, then those before it, at last what others' carts hold no
    longer.
    """
    begin, end = range_of(lot.place)
    start = min(max(start, begin), end)
    claim = partial(_claim, lot, tenant=tenant, until=until, at=at)
    claimed = claim(start, end, count=count)
    if missing := count - len(claimed):
        claimed += claim(begin, start, count=missing)
    if missing := count - len(claimed):
        lapsed = _between(numbers_of(lot), begin, end)
        if reserving.release_lapsed(lapsed, at=at, most=missing):
            claimed += claim(begin, end, count=missing)
    held = StockNumber.objects.filter(pk__in=claimed).select_related("sku", "connection")
    return list(held.order_by("digits"))


def _claim(
    lot: Lot, begin: str, end: str, *, count: int, tenant: Tenant, until: datetime, at: datetime
) -> list[int]:
    """Claim numbers from `begin` up to `end`, and return their keys."""
    free = _between(numbers_of(lot).filter(state=StockState.AVAILABLE), begin, end)
    # As the index of places has them, which is so read no further than to the last one taken.
    in_order = free.order_by("country", "region", "city", "digits")
    chosen = in_order.select_for_update(skip_locked=True).values("pk")[:count]
    statement, values = chosen.query.sql_with_params()
    changes = (StockState.RESERVED, ReservedBecause.CART, tenant.pk, until, at)
    with connection.cursor() as cursor:
        cursor.execute(CLAIM.format(chosen=statement), (*changes, *values))
        return [key for (key,) in cursor.fetchall()]


def draw_start(lot: Lot) -> str:
    """Return a point of the lot's range, drawn by chance where it has numbers."""
    return f"{random.choice(list(lot.prefixes))}{random.randrange(10**7):07d}"


def range_of(place: Place) -> tuple[str, str]:
    """Return what the place's numbers lie between: theirs begin with its area code."""
    prefix = f"{calling_code(place.country)}{place.npa}"
    return prefix, prefix + AFTER_DIGITS


def _between(numbers: QuerySet[StockNumber], begin: str, end: str) -> QuerySet[StockNumber]:
    return numbers.filter(digits__gte=begin, digits__lt=end)


def numbers_of(lot: Lot) -> QuerySet[StockNumber]:
    """Return the numbers of the lot, sold or not."""
    place = lot.place
    numbers = StockNumber.objects.filter(
        country=place.country,
        region=place.region,
        city=place.city,
        npa=place.npa,
        number_type=place.number_type,
        sku=lot.sku_id,
    )
    tiers = Q()
    for tier in lot.tiers:
        tiers |= _of_tier(tier)
    if lot.service:
        numbers = numbers.filter(**{f"has_{lot.service}": True})
    return numbers.filter(tiers)


def _of_tier(tier: Tier) -> Q:
    return Q(
        connection=tier.connection_id,
        ours_since__isnull=not tier.is_ours,
        setup_cost=tier.setup_cost,
        monthly_cost=tier.monthly_cost,
        cost_currency=tier.cost_currency,
    )
