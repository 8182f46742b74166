"""What can be had in the place of numbers whose hold has ended."""

from dataclasses import dataclass
from datetime import datetime

from purchase.terms import Terms, terms_of
from purchase.totals import Cart, Entry
from stock.nearest import Near, nearest
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Lapsed:
    """A line whose hold has ended, and the nearest number that could take its place."""

    entry: Entry
    near: Near | None
    # For as many months and channels as the line has; without thinking of the free number.
    terms: Terms | None


def of_lapsed(cart: Cart, *, tenant: Tenant, at: datetime) -> list[Lapsed]:
    """Find an alternative for each line of the cart that is no longer held."""
    lapsed = cart.lapsed
    found = nearest(
        [entry.number for entry in lapsed],
        tenant=tenant,
        at=at,
        beside={entry.digits for entry in cart.entries},
    )
    return [_lapsed(entry, found.get(entry.digits), cart) for entry in lapsed]


def _lapsed(entry: Entry, near: Near | None, cart: Cart) -> Lapsed:
    if not near:
        return Lapsed(entry, None, None)
    line = entry.line
    terms = terms_of(near.price, months=line.months, channels=line.channels, vat=cart.vat)
    return Lapsed(entry, near, terms)
