"""Refunds: together they never exceed what was taken."""

from sandbox.payments import events, looking_up, parameters
from sandbox.payments.books import Books, Record
from sandbox.payments.call import Call
from sandbox.payments.cards import BY_LAST4
from sandbox.payments.refusals import InvalidParameter, InvalidRequest

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
FAILS_AFTER_SECONDS = 1


def create(call: Call) -> Record:
    reason = call.given.get("reason")
    if reason and reason not in REASONS:
        message = f"Invalid reason: must be one of {', '.join(REASONS)}"
        raise InvalidParameter(message, param="reason")
    charge = _charge_of(call)
    amount = _amount(call.given, charge)
    _count(call.books, charge, amount)
    refund = call.books.create(
        "re",
        "refund",
        at=call.at,
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        failure_reason=None,
        metadata=parameters.merged_metadata({}, call.given),
        payment_intent=charge["payment_intent"],
        reason=reason,
        status="succeeded",
    )
    if BY_LAST4[charge["payment_method_details"]["card"]["last4"]].refund_fails:
        call.books.plan(refund["id"], "fail_refund", due_at=call.at + FAILS_AFTER_SECONDS)
    events.emit(call.books, "refund.created", refund, at=call.at)
    events.emit(call.books, "charge.refunded", charge, at=call.at)
    return refund


def update(call: Call, refund_id: str) -> Record:
    refund = looking_up.get(call.books, "refund", refund_id)
    refund["metadata"] = parameters.merged_metadata(refund["metadata"], call.given)
    call.books.save(refund)
    events.emit(call.books, "refund.updated", refund, at=call.at)
    return refund


def fail_refund(books: Books, refund_id: str, *, at: int) -> None:
    """Report that the bank sent the money back, as happens days after a refund succeeded."""
    refund = looking_up.get(books, "refund", refund_id)
    refund |= {"status": "failed", "failure_reason": "unknown"}
    books.save(refund)
    _count(books, looking_up.get(books, "charge", refund["charge"]), -refund["amount"])
    events.emit(books, "refund.failed", refund, at=at)


def _charge_of(call: Call) -> Record:
    given = call.given
    if "charge" in given:
        return looking_up.get(call.books, "charge", given["charge"], param="charge")
    if "payment_intent" not in given:
        raise InvalidParameter(
            "One of the following params should be provided for this request: "
            "payment_intent or charge.",
            code="parameter_missing",
        )
    intent = looking_up.get(
        call.books, "payment_intent", given["payment_intent"], param="payment_intent"
    )
    if intent["status"] != "succeeded":
        message = (
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        )
        raise InvalidRequest(message, param="payment_intent")
    return looking_up.get(call.books, "charge", intent["latest_charge"])


def _amount(given: Record, charge: Record) -> int:
    if not charge["captured"]:
        raise InvalidRequest(f"Charge {charge['id']} has not been captured.")
    unrefunded: int = charge["amount_captured"] - charge["amount_refunded"]
    if unrefunded == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise InvalidRequest(message, code="charge_already_refunded")
    amount = parameters.amount(given, "amount") if "amount" in given else unrefunded
    if amount > unrefunded:
        message = (
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({unrefunded})"
        )
        raise InvalidRequest(message, param="amount")
    return amount


def _count(books: Books, charge: Record, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    books.save(charge)
