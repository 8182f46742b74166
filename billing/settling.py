"""The sweep that finishes what a crash or a silent provider left: payments, refunds, cards."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from celery import shared_task

from billing import cards, payments, refunding
from billing.models import Payment, PaymentState, Refund, SavedCard
from billing.payments import SETTLE_PAYMENT, SETTLE_REFUND
from billing.stripe_client import NotSent, OutcomeUnknown
from lifecycle.clock import database_time, shortened
from tenants.schemas import run_in_tenant
from work import due
from work.models import DueWork

# Short of work.due.LEASE, which is counted from the one time the sweep has read.
SWEEP_SECONDS = due.LEASE.total_seconds() / 4
# A payment whose order was written, and then nobody asked the card.
UNASKED_FOR = shortened(timedelta(minutes=15))
# How long the card's owner may take on the bank's page.
UNCONFIRMED_FOR = shortened(timedelta(minutes=30))
# Money under way is looked at more often than work.due's waits would have it.
LONGEST_WAIT = shortened(timedelta(minutes=1))
FIRST_WAITS = 2


def settle_payments(*, at: datetime) -> None:
    """Work off what is due of all tenants. May run many times at once."""
    ends = time.monotonic() + SWEEP_SECONDS
    work_off(SETTLE_PAYMENT, settle_payment, ends=ends, at=at)
    work_off(SETTLE_REFUND, settle_refund, ends=ends, at=at)
    work_off(cards.DETACH_CARD, detach_card, ends=ends, at=at)


@shared_task
def settle_payments_task() -> None:
    settle_payments(at=database_time())


def work_off(kind: str, settle: Callable[..., None], *, ends: float, at: datetime) -> None:
    while time.monotonic() < ends and (work := due.claim_next(kind, at=at)):
        run_in_tenant(work.tenant, partial(settle, work, at=at))


def settle_payment(work: DueWork, *, at: datetime) -> None:
    payment = Payment.objects.select_related("card").get(reference=work.subject)
    if has_been_left(payment, at=at):
        payments.void(payment, at=at)
    else:
        payments.settle(payment, at=at)
    leave(work, done=payment.is_at_rest, at=at, error=payment.get_state_display())


def leave(work: DueWork, *, done: bool, at: datetime, error: str) -> None:
    """Forget the work or look at it again soon.

    Only this very row is forgotten: the next step may have been planned in the meantime.
    """
    if done:
        DueWork.objects.filter(pk=work.pk).delete()
    else:
        wait = LONGEST_WAIT if work.attempts > FIRST_WAITS else None
        due.put_off(work, at=at, wait=wait, error=error)


def has_been_left(payment: Payment, *, at: datetime) -> bool:
    """Tell whether the buyer went away before the money was held."""
    patience = {
        PaymentState.PLANNED: UNASKED_FOR,
        PaymentState.NEEDS_AUTHENTICATION: UNCONFIRMED_FOR,
    }.get(PaymentState(payment.state))
    return patience is not None and payment.state_changed_at + patience <= at


def settle_refund(work: DueWork, *, at: datetime) -> None:
    refund = Refund.objects.select_related("payment").get(reference=work.subject)
    refunding.settle(refund, at=at)
    leave(work, done=refund.is_settled, at=at, error=refund.get_state_display())


def detach_card(work: DueWork, *, at: datetime) -> None:
    try:
        cards.detach(SavedCard.objects.get(reference=work.subject), at=at)
    except (NotSent, OutcomeUnknown) as error:
        leave(work, done=False, at=at, error=str(error))
    else:
        leave(work, done=True, at=at, error="")
