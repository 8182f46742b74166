"""What can be had in the place of numbers that cannot be bought as they stand in the cart."""

from dataclasses import dataclass
from datetime import datetime

from purchase.terms import Terms, terms_of
from purchase.totals import Cart, Entry
from stock.nearest import Near, nearest
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Lost:
    """A line that is no longer held or not sold, and the nearest that could take its place."""

    entry: Entry
    near: Near | None
    # For as many months and channels as the line has; without thinking of the free number.
    terms: Terms | None


def of_lost(cart: Cart, *, tenant: Tenant, at: datetime) -> list[Lost]:
    """Find an alternative for each line of the cart that cannot be bought as it stands."""
    lost = [*cart.lapsed, *cart.unsold]
    if cart.not_sold_because:
        return [Lost(entry, None, None) for entry in lost]
    found = nearest(
        [entry.number for entry in lost],
        tenant=tenant,
        at=at,
        beside={entry.digits for entry in cart.entries},
    )
    return [_lost(entry, found.get(entry.digits), cart) for entry in lost]


def _lost(entry: Entry, near: Near | None, cart: Cart) -> Lost:
    if not near:
        return Lost(entry, None, None)
    line = entry.line
    terms = terms_of(near.price, months=line.months, channels=line.channels, vat=cart.vat)
    return Lost(entry, near, terms)
