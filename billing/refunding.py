"""Paying back what was captured for a line that will not be delivered.

A refund that the card does not take, at once or days later, is credited to the tenant's balance.
"""

import logging
from datetime import datetime

from django.db import transaction

from billing import calls, receivables, stripe_client
from billing.models import Refund, RefundState
from billing.payments import SETTLE_REFUND
from billing.stripe_answers import ProviderRefund
from billing.stripe_client import NotSent, OutcomeUnknown, Refused
from lifecycle.models import Overtaken
from tenants.schemas import current_tenant
from work import due
from work.crashing import crash_here

logger = logging.getLogger(__name__)

NEWS = {
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


class NotThisRefund(Exception):
    """The refund at Stripe is of another payment, or of another amount."""


def settle(refund: Refund, *, at: datetime) -> None:
    """Ask Stripe for the refund, or again, or look what became of it if that is too late."""
    if refund.state == RefundState.PLANNED:
        _intend(refund, at=at)
    if refund.state != RefundState.SENDING:
        return
    try:
        _send(refund, at=at)
    except (NotSent, OutcomeUnknown) as error:
        logger.warning("refund unknown", extra={"reference": refund.reference, "why": error})


def apply(refund: Refund, told: ProviderRefund, *, at: datetime) -> None:
    """Take the step to where Stripe says the refund is, if it is a step from where we are.

    Raises NotThisRefund if it is not the one we asked for.
    """
    if not _is_of(refund, told):
        raise NotThisRefund(f"{told.refund_id} is not that of {refund.reference}")
    target = NEWS.get(told.status)
    if target and target in refund.TRANSITIONS[RefundState(refund.state)]:
        _move(refund, target, at=at, refund_id=told.refund_id)


def _intend(refund: Refund, *, at: datetime) -> None:
    params = {
        "payment_intent": refund.payment.intent_id,
        "amount": refund.amount,
        "metadata": {"tenant": str(current_tenant().reference), "line": str(refund.line)},
    }
    try:
        with transaction.atomic(durable=True):
            refund.move_to(RefundState.SENDING, at=at)
            calls.write_down(f"{refund.line}:refund", params, at=at)
    except Overtaken:
        refund.refresh_from_db()
    crash_here("before_refund")


def _send(refund: Refund, *, at: datetime) -> None:
    call = calls.get(f"{refund.line}:refund")
    try:
        if calls.may_be_repeated(call, at=at):
            told = stripe_client.create_refund(call.params, key=call.key)
        elif found := stripe_client.find_refund(refund.line, intent_id=refund.payment.intent_id):
            told = found
        else:
            _move(refund, RefundState.FAILED, at=at)
            return
    except Refused as refusal:
        logger.error("refund refused", extra={"reference": refund.reference, "why": refusal})
        _move(refund, RefundState.FAILED, at=at)
        calls.write_answer(call.key, refusal.code, at=at)
        return
    crash_here("after_refund")
    apply(refund, told, at=at)
    calls.write_answer(call.key, told.refund_id, at=at)


def _move(refund: Refund, target: RefundState, *, at: datetime, **changes: str) -> None:
    currency = refund.payment.currency
    try:
        with transaction.atomic():
            refund.move_to(target, at=at, **changes)
            if target == RefundState.SUCCEEDED:
                receivables.refund(refund.line, refund.amount, currency, at=at)
            else:
                receivables.credit_failed_refund(refund.line, refund.amount, currency, at=at)
            due.finish(SETTLE_REFUND, subject=refund.reference)
    except Overtaken:
        refund.refresh_from_db()


def _is_of(refund: Refund, told: ProviderRefund) -> bool:
    return (
        refund.refund_id in ("", told.refund_id)
        and told.metadata.get("line") == str(refund.line)
        and told.intent_id == refund.payment.intent_id
        and told.amount == refund.amount
    )
