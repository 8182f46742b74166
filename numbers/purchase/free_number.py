"""The number that each tenant gets without charge, with its first order.

Of an order's numbers it is the one whose month costs least, so that nobody gains by adding a dear
one; of equals, the one that was put into the cart first. It comes back when it is not delivered.
"""

from collections.abc import Iterable
from datetime import datetime

from purchase.models import LineState, OrderLine
from stock.models import Price
from tenants.platform_settings import read_setting


def is_due() -> bool:
    """Tell whether the tenant may still have it: none was delivered or is under way."""
    if not read_setting("purchase.free_number"):
        return False
    given = OrderLine.objects.filter(is_free=True)
    return not given.exclude(state__in=[LineState.REFUSED, LineState.CANCELLED]).exists()


def periods() -> int | None:
    """Return how many periods it is free; None is for as long as it is held."""
    return read_setting("purchase.free_periods") or None


def choose(candidates: Iterable[tuple[Price, datetime, str]]) -> str:
    """Return the digits of the one that is free, of prices with times and digits; or ""."""
    ranked = [
        (price.monthly_price, price.setup_price, added_at, digits)
        for price, added_at, digits in candidates
    ]
    return min(ranked)[-1] if ranked else ""
