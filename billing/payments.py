"""Card payments: one PaymentIntent for each order or top-up, held first and captured once.

Each step is committed with its stored call before Stripe is asked, outside any transaction, so
that the sweep (billing.settling) finishes what a crash left. Every function here but `plan` and
`refund` calls Stripe and is called outside a transaction; repeating it changes nothing. Look at
the payment's state afterwards: no answer leaves it where it is, for the sweep.
"""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from billing import calls, income, stripe_client
from billing.models import (
    BillingProfile,
    Payment,
    PaymentPurpose,
    PaymentState,
    Refund,
    SavedCard,
)
from billing.stripe_answers import Intent
from billing.stripe_client import NotSent, OutcomeUnknown, Refused
from lifecycle.clock import shortened
from lifecycle.models import Overtaken
from tenants.schemas import current_tenant
from work import due
from work.crashing import crash_here

logger = logging.getLogger(__name__)

SETTLE_PAYMENT = "settle payment"
SETTLE_REFUND = "settle refund"
# Whoever takes a step also makes its call; the sweep waits so long before it takes over.
HEAD_START = shortened(timedelta(minutes=1))
NEVER_ASKED = "The card was not charged, because the payment did not reach the bank. Try again."

# What Stripe's words mean here; the ones missing change nothing.
NEWS = {
    "requires_payment_method": PaymentState.DECLINED,
    "requires_action": PaymentState.NEEDS_AUTHENTICATION,
    "requires_capture": PaymentState.AUTHORISED,
    "succeeded": PaymentState.CAPTURED,
    "canceled": PaymentState.VOIDED,
}


class NotThisPayment(Exception):
    """The PaymentIntent is of another payment, or of another amount."""


def plan(
    order: UUID,
    *,
    amount: int,
    currency: str,
    card: SavedCard,
    at: datetime,
    purpose: PaymentPurpose = PaymentPurpose.ORDER,
) -> Payment:
    """Write the payment of an order, in the order's transaction; the same order once only.

    If nobody goes on to `authorise` it, it is voided.
    """
    payment, is_new = Payment.objects.get_or_create(
        order=order,
        defaults={
            "purpose": purpose,
            "amount": amount,
            "currency": currency,
            "card": card,
            "customer_id": BillingProfile.objects.get().customer_id,
            "planned_at": at,
            "state_changed_at": at,
        },
    )
    if is_new:
        _leave_to_sweep(payment, at=at + HEAD_START)
    return payment


def authorise(payment: Payment, *, return_url: str, at: datetime) -> None:
    """Hold the amount on the card, and charge it if it is for the balance.

    Afterwards the state is authorised or, for the balance, captured; needs_authentication, and
    `authentication_url` is the bank's page, which comes back to `return_url`; declined, and
    `refusal` tells the buyer why; or unknown, and the sweep goes on asking.
    """
    if payment.state == PaymentState.PLANNED:
        params = {
            "amount": payment.amount,
            "currency": payment.currency.lower(),
            "customer": payment.customer_id,
            "payment_method": payment.card.payment_method_id,
            "allowed_payment_method_types": ["card"],
            "capture_method": "manual",
            "confirm": True,
            "off_session": False,
            "return_url": return_url,
            "metadata": {
                "tenant": str(current_tenant().reference),
                "order": str(payment.order),
            },
        }
        _intend(payment, PaymentState.AUTHORISING, "authorise", params, at=at)
    settle(payment, at=at)


def capture(payment: Payment, *, amount: int, at: datetime) -> None:
    """Charge `amount` of what is held and let go of the rest."""
    if payment.state == PaymentState.AUTHORISED:
        params = {"amount_to_capture": amount}
        _intend(payment, PaymentState.CAPTURING, "capture", params, at=at, captured=amount)
    settle(payment, at=at)


def void(payment: Payment, *, at: datetime) -> None:
    """Let go of all that is held; while the bank has not answered, call it again later."""
    if payment.state in (PaymentState.AUTHORISING, PaymentState.UNKNOWN):
        settle(payment, at=at)
    if payment.state == PaymentState.PLANNED:
        _move(payment, PaymentState.VOIDED, at=at)
    if payment.state in (PaymentState.AUTHORISED, PaymentState.NEEDS_AUTHENTICATION):
        _intend(payment, PaymentState.VOIDING, "void", {}, at=at)
    settle(payment, at=at)


@transaction.atomic
def refund(payment: Payment, *, line: UUID, amount: int, at: datetime) -> Refund:
    """Write down that a line of a captured payment is paid back; the sweep does it.

    The same line once only. More than was captured is refused by a constraint.
    """
    refund, is_new = Refund.objects.get_or_create(
        line=line,
        defaults={"payment": payment, "amount": amount, "planned_at": at, "state_changed_at": at},
    )
    if is_new:
        Payment.objects.filter(pk=payment.pk).update(refunded=F("refunded") + amount)
        tenant = current_tenant().reference
        due.plan(SETTLE_REFUND, tenant=tenant, subject=refund.reference, at=at)
    return refund


def settle(payment: Payment, *, at: datetime) -> None:
    """Bring a payment that is under way as far as it goes now, by repeating its stored call."""
    if payment.state in (PaymentState.AUTHORISING, PaymentState.UNKNOWN):
        _ask_for_hold(payment, at=at)
    elif payment.state == PaymentState.NEEDS_AUTHENTICATION:
        refresh(payment, at=at)
    elif payment.state in (PaymentState.CAPTURING, PaymentState.VOIDING):
        _ask_to_end(payment, at=at)
    if payment.state == PaymentState.AUTHORISED and not payment.is_at_rest:
        capture(payment, amount=payment.amount, at=at)


def refresh(payment: Payment, *, at: datetime) -> None:
    """Read at Stripe what has become of the payment, and write it down."""
    if not payment.intent_id:
        settle(payment, at=at)
        return
    try:
        apply(payment, stripe_client.retrieve_intent(payment.intent_id), at=at)
    except (NotSent, OutcomeUnknown) as error:
        logger.warning("payment not read", extra={"reference": payment.reference, "why": error})


def apply(payment: Payment, intent: Intent, *, at: datetime) -> None:
    """Take the step to where Stripe says the payment is, if it is a step from where we are.

    Raises NotThisPayment if the intent is not the one we asked for.
    """
    if not _is_of(payment, intent):
        raise NotThisPayment(f"{intent.intent_id} is not that of {payment.reference}")
    target = NEWS.get(intent.status)
    # Without a failed attempt Stripe is merely not through with the first.
    is_early = target == PaymentState.DECLINED and not intent.decline_code
    if not target or is_early or target not in payment.TRANSITIONS[PaymentState(payment.state)]:
        return
    changes: dict[str, Any] = {"intent_id": intent.intent_id}
    if target == PaymentState.NEEDS_AUTHENTICATION:
        changes["authentication_url"] = intent.authentication_url
    if target == PaymentState.DECLINED:
        changes["decline_code"] = intent.decline_code
        changes["refusal"] = stripe_client.words_for(intent.decline_code)
    if target == PaymentState.CAPTURED:
        changes["captured"] = intent.amount_received
    if target == PaymentState.VOIDED:
        changes["captured"] = 0
    _move(payment, target, at=at, **changes)


def _ask_for_hold(payment: Payment, *, at: datetime) -> None:
    call = calls.get(f"{payment.order}:authorise")
    try:
        if calls.may_be_repeated(call, at=at):
            intent = stripe_client.create_intent(call.params, key=call.key)
        elif found := stripe_client.find_intent(payment.order, customer_id=payment.customer_id):
            intent = found
        else:
            _move(payment, PaymentState.VOIDED, at=at, refusal=NEVER_ASKED)
            return
    except Refused as refusal:
        _decline(payment, refusal, at=at)
        calls.write_answer(call.key, refusal.code, at=at)
        return
    except (NotSent, OutcomeUnknown) as error:
        logger.warning("payment unknown", extra={"reference": payment.reference, "why": error})
        if payment.state == PaymentState.AUTHORISING:
            _move(payment, PaymentState.UNKNOWN, at=at)
        return
    crash_here("after_authorise")
    apply(payment, intent, at=at)
    calls.write_answer(call.key, intent.intent_id, at=at)


def _decline(payment: Payment, refusal: Refused, *, at: datetime) -> None:
    logger.info("payment declined", extra={"reference": payment.reference, "why": str(refusal)})
    _move(
        payment,
        PaymentState.DECLINED,
        at=at,
        intent_id=refusal.intent_id,
        decline_code=refusal.code[:64],
        refusal=stripe_client.words_for(refusal.code),
    )


def _ask_to_end(payment: Payment, *, at: datetime) -> None:
    """Capture or cancel: either can happen to an intent once only, so no repetition is too late."""
    is_capture = payment.state == PaymentState.CAPTURING
    call = calls.get(f"{payment.order}:{'capture' if is_capture else 'void'}")
    try:
        if is_capture:
            intent = stripe_client.capture_intent(payment.intent_id, call.params, key=call.key)
        else:
            intent = stripe_client.cancel_intent(payment.intent_id, key=call.key)
    except Refused as refusal:
        # Stripe has gone on without us: the hold has expired, or was ended on its own pages.
        calls.write_answer(call.key, refusal.code, at=at)
        refresh(payment, at=at)
        return
    except (NotSent, OutcomeUnknown) as error:
        logger.warning("payment not ended", extra={"reference": payment.reference, "why": error})
        return
    crash_here("after_capture" if is_capture else "after_void")
    apply(payment, intent, at=at)
    calls.write_answer(call.key, intent.intent_id, at=at)


def _intend(
    payment: Payment,
    target: PaymentState,
    act: str,
    params: dict[str, Any],
    *,
    at: datetime,
    **changes: Any,
) -> None:
    """Commit that the call is about to be made. If somebody else has, read what they wrote."""
    try:
        with transaction.atomic(durable=True):
            payment.move_to(target, at=at, **changes)
            calls.write_down(f"{payment.order}:{act}", params, at=at)
            _leave_to_sweep(payment, at=at + HEAD_START)
    except Overtaken:
        payment.refresh_from_db()
    crash_here(f"before_{act}")


def _move(payment: Payment, target: PaymentState, *, at: datetime, **changes: Any) -> None:
    """Write a new state with what belongs to it. If somebody else has, read what they wrote."""
    try:
        with transaction.atomic():
            payment.move_to(target, at=at, **changes)
            if target == PaymentState.CAPTURED:
                income.receive(payment, at=at)
            if payment.is_at_rest:
                due.finish(SETTLE_PAYMENT, subject=payment.reference)
    except Overtaken:
        payment.refresh_from_db()


def _leave_to_sweep(payment: Payment, *, at: datetime) -> None:
    due.plan(SETTLE_PAYMENT, tenant=current_tenant().reference, subject=payment.reference, at=at)


def _is_of(payment: Payment, intent: Intent) -> bool:
    return (
        payment.intent_id in ("", intent.intent_id)
        and intent.metadata.get("order") == str(payment.order)
        and intent.customer_id == payment.customer_id
        and (intent.amount, intent.currency) == (payment.amount, payment.currency)
    )
