"""Ending an order that nobody paid, so that its numbers are free again or back in the cart."""

from datetime import datetime

from django.db import transaction

from lifecycle.models import move_many
from purchase import cart
from purchase.cart import Chosen
from purchase.finishing import CHARGE_ORDER
from purchase.models import LineState, Order
from stock import reserving
from tenants.models import Tenant
from work import due


@transaction.atomic
def cancel_unpaid(
    order: Order, *, tenant: Tenant, at: datetime, back_to_cart: bool = False
) -> None:
    """End an order that nobody paid: its numbers are free again, or back in the buyer's cart.

    Does nothing to an order that has been paid or cancelled meanwhile.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    lines = list(order.lines.filter(state=LineState.PLACED).order_by("digits"))
    digits = [line.digits for line in lines]
    if not move_many(order.lines.all(), LineState.PLACED, LineState.CANCELLED, at=at):
        return
    if back_to_cart:
        until = at + cart.hold_time()
        chosen = {line.digits: Chosen(line.months, line.channels) for line in lines}
        cart.put_back(chosen, actor=order.actor, until=until, at=at)
        reserving.return_to_cart(digits, tenant=tenant, until=until, at=at)
    else:
        reserving.cancel_order(digits, tenant=tenant, at=at)
    due.finish(CHARGE_ORDER, subject=order.reference)
