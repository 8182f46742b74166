"""Getting what was bought for our stock from its carriers, by workers any of whom may die.

Nothing is called inside a transaction, each answer is written where it was expected, and a worker
that was overtaken changes nothing.
"""

import logging
import time
from datetime import datetime, timedelta

from celery import shared_task
from django.db import transaction

from carriers import operations
from carriers.models import Operation
from carriers.progress import Progress
from lifecycle.clock import database_time, shortened
from lifecycle.models import Overtaken
from stock import moving, reserving
from stock.models import StockLineState, StockNumber, StockPurchaseLine
from work import due
from work.crashing import crash_here
from work.models import DueWork

logger = logging.getLogger(__name__)

SETTLE_STOCK_LINE = "settle stock line"
# After this long a sweep begins nothing new, so that no lease ends under its hands.
SWEEP_SECONDS = due.LEASE.total_seconds() / 4
# However long a carrier takes, staff wait no longer for what it has done.
LONGEST_WAIT = shortened(timedelta(minutes=5))
FOLLOWS = {
    "sent_again_later": StockLineState.PLACED,
    "pending": StockLineState.PENDING,
    "needs_documents": StockLineState.NEEDS_DOCUMENTS,
    "unknown": StockLineState.UNKNOWN,
}


def settle_stock_lines(*, at: datetime) -> None:
    """Work off the lines that are due. May run many times at once.

    A crash ends this sweep and harms no other: the line that caused it stays leased.
    """
    ends = time.monotonic() + SWEEP_SECONDS
    while time.monotonic() < ends and (work := due.claim_next(SETTLE_STOCK_LINE, at=at)):
        crash_here("stock_line_claimed")
        try:
            settle_stock_line(work, at=at)
        except Overtaken:
            logger.info("stock line overtaken", extra={"reference": str(work.subject)})


@shared_task
def settle_stock_lines_task() -> None:
    settle_stock_lines(at=database_time())


def settle_stock_line(work: DueWork, *, at: datetime) -> None:
    """Take one line a step further with its carrier, and apply what it says.

    Raises Overtaken if our lease ran out and another worker was quicker.
    """
    lines = StockPurchaseLine.objects.select_related("purchase")
    line = lines.get(reference=work.subject)
    if line.is_final:
        raise Overtaken(f"{line} is {line.state}")
    if line.state == StockLineState.PLACED:
        line.move_to(StockLineState.ORDERING, at=at)
        crash_here("stock_line_ordering")
    operation = Operation.objects.get(reference=line.reference)
    progress = operations.advance(operation, at=at)
    crash_here("stock_carrier_answered")
    if progress.state in FOLLOWS:
        follow(line, progress, work, at=at)
    else:
        end_line(line, operation, progress, at=at)
    crash_here("stock_line_settled")


@transaction.atomic
def follow(line: StockPurchaseLine, progress: Progress, work: DueWork, *, at: datetime) -> None:
    """Show how far the carrier is. An answer that says less than we know changes nothing."""
    target = FOLLOWS[progress.state]
    if target in StockPurchaseLine.TRANSITIONS[StockLineState(line.state)]:
        line.move_to(target, at=at)
    due.put_off(work, at=at, wait=progress.retry_after, longest=LONGEST_WAIT, error=progress.reason)


@transaction.atomic
def end_line(
    line: StockPurchaseLine, operation: Operation, progress: Progress, *, at: datetime
) -> None:
    """Put the number on sale as ours, or back where it came from, in one go with its line."""
    is_delivered = progress.state == "delivered"
    operations.settle(operation, done=is_delivered, at=at)
    number = StockNumber.objects.get(pk=line.number_id)
    with moving.acting(line.purchase.actor, "Bought for our stock"):
        if is_delivered:
            line.move_to(StockLineState.DELIVERED, at=at)
            reserving.put_in_stock(number, at=at, carrier_number_id=progress.carrier_number_id)
        else:
            line.move_to(StockLineState.REFUSED, at=at, refusal_reason=progress.reason)
            reserving.refuse(number, gone=progress.is_gone, at=at)
    due.finish(SETTLE_STOCK_LINE, subject=line.reference)
