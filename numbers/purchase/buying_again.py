"""Filling the cart with numbers like those that an order has brought."""

from dataclasses import dataclass
from datetime import datetime

from lifecycle.actors import Actor
from purchase import cart
from purchase.cart import Chosen, NotForSale
from purchase.models import CartLine, LineState, Order, OrderLine
from stock.models import StockNumber
from stock.nearest import Nearness, nearest
from stock.reserving import NumberTaken
from tenants.models import Tenant

# A number like another is of its place, else of its area code, else of its region.
ALIKE = [Nearness.RATE_CENTER, Nearness.CITY, Nearness.AREA_CODE, Nearness.REGION]


@dataclass(frozen=True, slots=True)
class BoughtAgain:
    """The digits put into the cart, and those of the order that nothing was found for."""

    added: list[str]
    unmatched: list[str]
    # Of the order's numbers, how many the cart had no room for.
    left_out: int


def buy_again(order: Order, *, tenant: Tenant, actor: Actor, at: datetime) -> BoughtAgain:
    """Hold a similar number for each that the order delivered, with its months and channels."""
    lines = list(order.lines.filter(state=LineState.DELIVERED).order_by("digits"))
    in_cart = set(CartLine.objects.values_list("digits", flat=True))
    room = max(cart.largest_cart() - len(in_cart), 0)
    bought = StockNumber.objects.in_bulk([line.stock_number for line in lines[:room]])
    found = nearest(list(bought.values()), tenant=tenant, at=at, levels=ALIKE, beside=in_cart)
    until = at + cart.hold_time()
    added, unmatched = [], []
    for line in lines[:room]:
        near = found.get(line.digits)
        if near and _hold(near.number, line, tenant=tenant, actor=actor, until=until, at=at):
            added.append(near.number.digits)
        else:
            unmatched.append(line.digits)
    return BoughtAgain(added, unmatched, left_out=len(lines[room:]))


def _hold(
    number: StockNumber,
    line: OrderLine,
    *,
    tenant: Tenant,
    actor: Actor,
    until: datetime,
    at: datetime,
) -> bool:
    chosen = Chosen(line.months, line.channels)
    try:
        cart.hold(number.digits, tenant=tenant, actor=actor, until=until, at=at, chosen=chosen)
    except (NumberTaken, NotForSale):
        return False
    return True
