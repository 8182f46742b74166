"""Getting the numbers of paid orders from their carriers, by workers any of whom may die.

Nothing is called inside a transaction, each answer is written where it was expected, and a worker
that was overtaken changes nothing.
"""

import logging
import time
from datetime import datetime, timedelta
from functools import partial

from celery import shared_task
from django.db import transaction

from carriers import operations
from carriers.models import Operation
from carriers.progress import Progress
from lifecycle.clock import database_time, shortened
from lifecycle.models import Overtaken
from purchase import finishing
from purchase.finishing import SETTLE_LINE
from purchase.models import LineState, Order, OrderLine
from stock.models import StockNumber
from tenants.schemas import current_tenant, run_in_tenant
from work import due
from work.crashing import crash_here
from work.models import DueWork

logger = logging.getLogger(__name__)

# After this long a sweep begins nothing new, so that no lease ends under its hands.
SWEEP_SECONDS = due.LEASE.total_seconds() / 4
# However long a carrier takes, a buyer waits no longer for what it has done.
LONGEST_WAIT = shortened(timedelta(minutes=5))
FOLLOWS = {
    "sent_again_later": LineState.PAID,
    "pending": LineState.PENDING,
    "needs_documents": LineState.NEEDS_DOCUMENTS,
    "unknown": LineState.UNKNOWN,
}


def settle_lines(*, at: datetime) -> None:
    """Work off the lines that are due, of all tenants. May run many times at once.

    A crash ends this sweep and harms no other: the line that caused it stays leased.
    """
    ends = time.monotonic() + SWEEP_SECONDS
    while time.monotonic() < ends and (work := due.claim_next(SETTLE_LINE, at=at)):
        crash_here("line_claimed")
        try:
            run_in_tenant(work.tenant, partial(settle_line, work, at=at))
        except Overtaken:
            logger.info("line overtaken", extra={"reference": str(work.subject)})


@shared_task
def settle_lines_task() -> None:
    settle_lines(at=database_time())


def settle_line(work: DueWork, *, at: datetime) -> None:
    """Take one line a step further with its carrier, if it needs one, and apply what it says.

    Raises Overtaken if our lease ran out and another worker was quicker.
    """
    line = OrderLine.objects.get(reference=work.subject)
    if line.is_final:
        raise Overtaken(f"{line} is {line.state}")
    operation = Operation.objects.filter(reference=line.reference).first()
    if not operation:
        hand_over(line, at=at)
        return
    if line.state == LineState.PAID:
        line.move_to(LineState.ORDERING, at=at)
        crash_here("line_ordering")
    progress = operations.advance(operation, at=at)
    crash_here("carrier_answered")
    if progress.state in FOLLOWS:
        follow(line, progress, work, at=at)
    else:
        end_line(line, operation, progress, at=at)
    crash_here("line_settled")


@transaction.atomic
def hand_over(line: OrderLine, *, at: datetime) -> None:
    """Deliver a number that is ours already: no carrier is asked.

    Raises StockNumber.DoesNotExist if it is not.
    """
    StockNumber.objects.exclude(ours_since=None).get(pk=line.stock_number)
    order = Order.objects.select_for_update().get(pk=line.order_id)
    finishing.deliver(line, order=order, at=at)
    finishing.close_if_final(order, tenant=current_tenant(), at=at)


@transaction.atomic
def follow(line: OrderLine, progress: Progress, work: DueWork, *, at: datetime) -> None:
    """Show how far the carrier is. An answer that says less than we know changes nothing."""
    target = FOLLOWS[progress.state]
    if target in OrderLine.TRANSITIONS[LineState(line.state)]:
        line.move_to(target, at=at)
    due.put_off(work, at=at, wait=progress.retry_after, longest=LONGEST_WAIT, error=progress.reason)


@transaction.atomic
def end_line(line: OrderLine, operation: Operation, progress: Progress, *, at: datetime) -> None:
    order = Order.objects.select_for_update().get(pk=line.order_id)
    tenant = current_tenant()
    is_delivered = progress.state == "delivered"
    operations.settle(operation, done=is_delivered, at=at)
    if is_delivered:
        finishing.deliver(
            line,
            order=order,
            at=at,
            carrier_number_id=progress.carrier_number_id,
        )
    else:
        finishing.refuse(line, reason=progress.reason, is_gone=progress.is_gone, at=at)
    finishing.close_if_final(order, tenant=tenant, at=at)
