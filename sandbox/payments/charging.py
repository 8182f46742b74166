"""Charges: money held, taken, let go."""

from sandbox.payments import events, looking_up, parameters, payment_methods
from sandbox.payments.books import Books, Record
from sandbox.payments.call import Call
from sandbox.payments.cards import Decline
from sandbox.payments.refusals import InvalidRequest, unexpected_state

AUTHORISATION_SECONDS = 7 * 24 * 3600
CANCELLABLE = (
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
)
CANCELLATION_REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")


def authorise(books: Books, intent: Record, *, at: int) -> Record:
    """Hold the amount, and take it at once unless it is to be captured by hand."""
    method = looking_up.get(books, "payment_method", intent["payment_method"])
    if method["customer"] is None:
        payment_methods.use_up(books, method)
    charge = _create_charge(books, intent, at=at, status="succeeded")
    intent |= {"latest_charge": charge["id"], "next_action": None, "last_payment_error": None}
    events.emit(books, "charge.succeeded", charge, at=at)
    if intent["capture_method"] != "manual":
        return _collect(books, intent, charge, intent["amount"], at=at)
    intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
    books.save(intent)
    books.plan(intent["id"], "expire_authorisation", due_at=at + AUTHORISATION_SECONDS)
    events.emit(books, "payment_intent.amount_capturable_updated", intent, at=at)
    return intent


def capture(call: Call, intent_id: str) -> Record:
    intent = looking_up.get(call.books, "payment_intent", intent_id)
    if intent["status"] != "requires_capture":
        raise unexpected_state(intent, _not_capturable(intent))
    amount = intent["amount_capturable"]
    if "amount_to_capture" in call.given:
        amount = parameters.amount(call.given, "amount_to_capture")
    if amount > intent["amount_capturable"]:
        message = (
            f"The amount_to_capture ({amount}) is greater than the remaining amount you can "
            f"capture ({intent['amount_capturable']})."
        )
        raise InvalidRequest(message, code="amount_too_large", param="amount_to_capture")
    intent["metadata"] = parameters.merged_metadata(intent["metadata"], call.given)
    charge = looking_up.get(call.books, "charge", intent["latest_charge"])
    collected = _collect(call.books, intent, charge, amount, at=call.at)
    events.emit(call.books, "charge.captured", charge, at=call.at)
    return collected


def _not_capturable(intent: Record) -> str:
    if intent["status"] == "succeeded":
        return (
            "This PaymentIntent could not be captured because it has already been captured "
            "(it has a status of succeeded)."
        )
    return (
        f"This PaymentIntent could not be captured because it has a status of {intent['status']}. "
        "Only a PaymentIntent with one of the following statuses may be captured: requires_capture."
    )


def cancel(call: Call, intent_id: str) -> Record:
    intent = looking_up.get(call.books, "payment_intent", intent_id)
    reason = call.given.get("cancellation_reason")
    if reason and reason not in CANCELLATION_REASONS:
        message = f"Invalid cancellation_reason: must be one of {', '.join(CANCELLATION_REASONS)}"
        raise InvalidRequest(message, param="cancellation_reason")
    if intent["status"] not in CANCELLABLE:
        message = (
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. "
            "Only a PaymentIntent with one of the following statuses may be canceled: "
            f"{', '.join(CANCELLABLE)}."
        )
        raise unexpected_state(intent, message)
    return _let_go(call.books, intent, reason, at=call.at)


def expire_authorisation(books: Books, intent_id: str, *, at: int) -> None:
    """Give the held money back, because nobody captured it in time."""
    intent = looking_up.get(books, "payment_intent", intent_id)
    charge = looking_up.get(books, "charge", intent["latest_charge"])
    events.emit(books, "charge.expired", charge, at=at)
    _let_go(books, intent, "automatic", at=at)


def _let_go(books: Books, intent: Record, reason: str | None, *, at: int) -> Record:
    intent |= {
        "status": "canceled",
        "canceled_at": at,
        "cancellation_reason": reason,
        "amount_capturable": 0,
        "next_action": None,
    }
    books.save(intent)
    books.unplan(intent["id"])
    events.emit(books, "payment_intent.canceled", intent, at=at)
    return intent


def _collect(books: Books, intent: Record, charge: Record, amount: int, *, at: int) -> Record:
    charge |= {"captured": True, "amount_captured": amount}
    books.save(charge)
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    books.save(intent)
    books.unplan(intent["id"])
    events.emit(books, "payment_intent.succeeded", intent, at=at)
    return intent


def failed_charge(books: Books, intent: Record, decline: Decline, *, at: int) -> Record:
    charge = _create_charge(
        books,
        intent,
        at=at,
        status="failed",
        failure_code=decline.code,
        failure_message=decline.message,
    )
    events.emit(books, "charge.failed", charge, at=at)
    return charge


def _create_charge(
    books: Books,
    intent: Record,
    *,
    at: int,
    status: str,
    failure_code: str | None = None,
    failure_message: str | None = None,
) -> Record:
    method = looking_up.get(books, "payment_method", intent["payment_method"])
    card = {**method["card"], "capture_before": at + AUTHORISATION_SECONDS}
    return books.create(
        "ch",
        "charge",
        at=at,
        amount=intent["amount"],
        amount_captured=0,
        amount_refunded=0,
        captured=False,
        currency=intent["currency"],
        customer=intent["customer"],
        failure_code=failure_code,
        failure_message=failure_message,
        metadata=intent["metadata"],
        paid=status == "succeeded",
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={"type": "card", "card": card},
        refunded=False,
        status=status,
    )
