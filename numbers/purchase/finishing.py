"""The end of an order's lines: each is delivered and paid, or refused and its money returned.

Call inside a transaction that has locked the order: the last line to end closes it.
"""

from datetime import datetime

from billing import receivables, wallet
from inventory import receiving
from purchase import mails
from purchase.models import FINAL_LINES, LineState, Order, OrderLine, PayBy
from stock import moving, reserving
from stock.models import Holding, StockNumber
from tenants.models import Tenant
from work import due

SETTLE_LINE = "settle line"
CHARGE_ORDER = "charge order"


def deliver(line: OrderLine, *, order: Order, at: datetime, carrier_number_id: str = "") -> None:
    """Hand the number over and earn its price. Raises Overtaken if the line has ended already."""
    line.move_to(LineState.DELIVERED, at=at)
    number = StockNumber.objects.get(pk=line.stock_number)
    with moving.acting(order.actor, "Bought"):
        reserving.assign(number, at=at, carrier_number_id=carrier_number_id)
    holding = Holding.objects.select_related("tenant").get(reference=str(line.holding))
    receiving.receive(
        holding,
        line=line.reference,
        price=line.recurring_price,
        needs_registration=line.needs_registration,
        at=at,
    )
    if order.pay_by == PayBy.CARD:
        receivables.deliver(
            line.reference,
            line.price,
            line.currency,
            vat=line.vat_amount,
            at=at,
            note=f"+{line.digits}",
        )
    else:
        wallet.take(line.reference, vat=line.vat_amount, at=at)
    due.finish(SETTLE_LINE, subject=line.reference)


def refuse(line: OrderLine, *, reason: str, is_gone: bool, at: datetime) -> None:
    """Let the number go and return what was set aside for it. Raises Overtaken.

    What a card was charged for it is refunded by the sweep that charges orders.
    """
    line.move_to(LineState.REFUSED, at=at, refusal_reason=reason[:200])
    number = StockNumber.objects.get(pk=line.stock_number)
    reserving.refuse(number, gone=is_gone, at=at)
    receiving.give_up(Holding.objects.get(reference=str(line.holding)), at=at)
    wallet.give_back(line.reference, at=at)
    due.finish(SETTLE_LINE, subject=line.reference)


def close_if_final(order: Order, *, tenant: Tenant, at: datetime) -> None:
    """Send the receipt when the last line has ended, and have the card charged for what came."""
    if order.lines.exclude(state__in=FINAL_LINES).exists():
        return
    mails.send_receipt(order, tenant=tenant, at=at)
    if order.pay_by == PayBy.CARD:
        due.hurry(CHARGE_ORDER, subject=order.reference, at=at)
