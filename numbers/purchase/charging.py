"""Orders paid by card: held first, charged once for what came, refunded for what came to nothing.

The payment itself is billing's, which finishes each step that a crash or silence left. Here an
order follows its payment: no answer means that the sweep looks again.
"""

import logging
import time
from datetime import datetime, timedelta
from functools import partial

from celery import shared_task
from django.db import transaction

from billing import payments
from billing.models import Payment, PaymentState
from lifecycle.clock import database_time, shortened
from lifecycle.models import Overtaken
from purchase import cancelling, ordering
from purchase.finishing import CHARGE_ORDER
from purchase.models import FINAL_LINES, LineState, Order
from tenants.models import Tenant
from tenants.platform_settings import read_setting
from tenants.schemas import current_tenant, run_in_tenant
from work import due
from work.crashing import crash_here
from work.models import DueWork

logger = logging.getLogger(__name__)

SWEEP_SECONDS = due.LEASE.total_seconds() / 4
# How soon to look again at a payment under way, at lines under way, and after the charge.
PAYMENT_WAIT = shortened(timedelta(seconds=10))
DELIVERY_WAIT = shortened(timedelta(seconds=30))
CHARGED_WAIT = shortened(timedelta(minutes=5))
UNPAID_DELIVERY_WAIT = shortened(timedelta(hours=1))


def pay(order: Order, *, tenant: Tenant, return_url: str, at: datetime) -> Payment:
    """Ask the card for an order's amount, and send the order off if it is held.

    Repeating it changes nothing. The payment's state afterwards tells where the buyer goes next.
    """
    payment = payment_of(order)
    payments.authorise(payment, return_url=return_url, at=at)
    crash_here("after_order_authorised")
    go_on(order, payment, tenant=tenant, at=at)
    return payment


def look_again(order: Order, *, tenant: Tenant, at: datetime) -> Payment:
    """Read at the provider what the buyer has done on the bank's page, and go on from there."""
    payment = payment_of(order)
    if not payment.is_at_rest:
        payments.refresh(payment, at=at)
    go_on(order, payment, tenant=tenant, at=at)
    return payment


def payment_of(order: Order) -> Payment:
    return Payment.objects.select_related("card").get(order=order.reference)


def waiting_for_bank() -> list[Order]:
    """Return the orders whose buyer has yet to confirm the payment, newest first."""
    asked = Payment.objects.filter(state=PaymentState.NEEDS_AUTHENTICATION)
    orders = Order.objects.filter(reference__in=asked.values("order"))
    return list(orders.order_by("-placed_at", "-id").prefetch_related("lines"))


def go_on(order: Order, payment: Payment, *, tenant: Tenant, at: datetime) -> None:
    """Let an unpaid order follow its payment: it is sent off, or ends."""
    if payment.state == PaymentState.AUTHORISED:
        with transaction.atomic():
            locked = Order.objects.select_for_update().get(pk=order.pk)
            ordering.send_off(locked, tenant=tenant, at=at)
    elif payment.state in (PaymentState.DECLINED, PaymentState.VOIDED):
        # Words for the buyer mean that the buyer is to try again; without any, they went away.
        cancelling.cancel_unpaid(order, tenant=tenant, at=at, back_to_cart=bool(payment.refusal))


def charge_orders(*, at: datetime) -> None:
    """Work off the card orders that are due, of all tenants. May run many times at once."""
    ends = time.monotonic() + SWEEP_SECONDS
    while time.monotonic() < ends and (work := due.claim_next(CHARGE_ORDER, at=at)):
        try:
            run_in_tenant(work.tenant, partial(charge_order, work, at=at))
        except Overtaken:
            logger.info("order overtaken", extra={"reference": str(work.subject)})


@shared_task
def charge_orders_task() -> None:
    charge_orders(at=database_time())


def charge_order(work: DueWork, *, at: datetime) -> None:
    """Take one order's payment a step further, and look again later unless it was the last."""
    order = Order.objects.get(reference=work.subject)
    payment = payment_of(order)
    go_on(order, payment, tenant=current_tenant(), at=at)
    if payment.state == PaymentState.AUTHORISED and is_time_to_charge(order, at=at):
        charge(order, payment, at=at)
    look_again_later(order, payment, work, at=at)


def is_time_to_charge(order: Order, *, at: datetime) -> bool:
    longest = timedelta(minutes=read_setting("purchase.charge_after_minutes"))
    return not has_open_lines(order) or order.placed_at + longest <= at


def charge(order: Order, payment: Payment, *, at: datetime) -> None:
    """Charge the lines that were delivered or may still be, or let go of the card."""
    amount = choose_charged_lines(order, at=at)
    crash_here("before_order_charged")
    if amount:
        payments.capture(payment, amount=amount, at=at)
    else:
        payments.void(payment, at=at)
    crash_here("after_order_charged")


@transaction.atomic
def choose_charged_lines(order: Order, *, at: datetime) -> int:
    """Fix for good what the one charge is for, and return its amount in minor units.

    A line refused from now on is refunded, because it was charged.
    """
    locked = Order.objects.select_for_update().get(pk=order.pk)
    if not locked.lines.exclude(charged_at=None).exists():
        locked.lines.exclude(state=LineState.REFUSED).update(charged_at=at)
    return sum(line.price for line in locked.lines.exclude(charged_at=None))


@transaction.atomic
def look_again_later(order: Order, payment: Payment, work: DueWork, *, at: datetime) -> None:
    """Refund what was refused since the charge, and forget the work once nothing is left of it.

    No line can end while the order is locked, so none is missed.
    """
    locked = Order.objects.select_for_update().get(pk=order.pk)
    if payment.state == PaymentState.CAPTURED:
        refund_refused(locked, payment, at=at)
    if wait := wait_for(locked, payment):
        due.put_off(work, at=at, wait=wait, error=payment.get_state_display())
    else:
        due.finish(CHARGE_ORDER, subject=order.reference)


def refund_refused(order: Order, payment: Payment, *, at: datetime) -> None:
    for line in order.lines.filter(state=LineState.REFUSED).exclude(charged_at=None):
        if line.price:
            payments.refund(payment, line=line.reference, amount=line.price, at=at)


def wait_for(order: Order, payment: Payment) -> timedelta | None:
    """Tell when to look again, or None if nothing can happen to the order any more."""
    if not payment.is_at_rest:
        return PAYMENT_WAIT
    delivered = order.lines.filter(state=LineState.DELIVERED)
    if payment.state == PaymentState.VOIDED and any(line.price for line in delivered):
        logger.error("delivered and not paid", extra={"reference": str(order.reference)})
        return UNPAID_DELIVERY_WAIT
    if has_open_lines(order):
        return CHARGED_WAIT if payment.state == PaymentState.CAPTURED else DELIVERY_WAIT
    return DELIVERY_WAIT if payment.state == PaymentState.AUTHORISED else None


def has_open_lines(order: Order) -> bool:
    return order.lines.exclude(state__in=FINAL_LINES).exists()
