"""Filling the cart with numbers like those that an order has brought."""

from dataclasses import dataclass
from datetime import datetime

from lifecycle.actors import Actor
from purchase import cart
from purchase.cart import CartIsFull, Chosen
from purchase.models import CartLine, LineState, Order
from stock.models import StockNumber
from stock.nearest import Nearness, nearest
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
    tried = lines[:room]
    alike = {line.digits: near.number.digits for line in tried if (near := found.get(line.digits))}
    wishes: dict[str, Chosen | None] = {
        alike[line.digits]: Chosen(line.months, line.channels)
        for line in tried
        if line.digits in alike
    }
    until = at + cart.hold_time()
    fates = cart.hold(wishes, tenant=tenant, actor=actor, until=until, at=at)
    added = [like for like in wishes if like not in fates]
    # Another window may have filled the cart meanwhile.
    full = {digits for digits, like in alike.items() if fates.get(like) is CartIsFull}
    return BoughtAgain(
        added,
        unmatched=[
            line.digits
            for line in tried
            if line.digits not in full and alike.get(line.digits) not in added
        ],
        left_out=len(lines[room:]) + len(full),
    )
