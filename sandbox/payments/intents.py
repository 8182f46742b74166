"""PaymentIntents: written, and changed while nothing has been charged."""

import secrets

from sandbox.payments import confirming, events, looking_up, parameters, payment_methods
from sandbox.payments.books import Record
from sandbox.payments.call import Call
from sandbox.payments.refusals import InvalidParameter, InvalidRequest, unexpected_state

SMALLEST_AMOUNT = 50
CAPTURE_METHODS = ("automatic", "automatic_async", "manual")
COPIED = [
    "description",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
]
UNCHARGED = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(call: Call) -> Record:
    """Write an intent, and confirm it if asked to. Raises CardRefused with the intent written."""
    given = call.given
    customer_id, method_id = _payer(call)
    intent = call.books.create(
        "pi",
        "payment_intent",
        at=call.at,
        amount=_amount(given),
        amount_capturable=0,
        amount_received=0,
        automatic_payment_methods=None,
        canceled_at=None,
        cancellation_reason=None,
        capture_method=_capture_method(given),
        confirmation_method=given.get("confirmation_method", "automatic"),
        currency=_currency(given),
        customer=customer_id,
        last_payment_error=None,
        latest_charge=None,
        metadata=parameters.merged_metadata({}, given),
        next_action=None,
        payment_method=method_id,
        payment_method_types=given.get("allowed_payment_method_types", ["card"]),
        status="requires_confirmation" if method_id else "requires_payment_method",
        **{field: given.get(field) for field in COPIED},
    )
    intent["client_secret"] = f"{intent['id']}_secret_{secrets.token_hex(8)}"
    call.books.save(intent)
    events.emit(call.books, "payment_intent.created", intent, at=call.at)
    if parameters.is_true(given, "confirm"):
        return confirming.confirm_intent(call, intent)
    return intent


def update(call: Call, intent_id: str) -> Record:
    intent = looking_up.get(call.books, "payment_intent", intent_id)
    given = call.given
    if given.keys() - {"metadata", "description", "expand"} and intent["status"] not in UNCHARGED:
        message = (
            f"This PaymentIntent's parameters could not be updated because it has a status of "
            f"{intent['status']}."
        )
        raise unexpected_state(intent, message)
    intent |= {field: given[field] or None for field in COPIED if field in given}
    intent["metadata"] = parameters.merged_metadata(intent["metadata"], given)
    if "amount" in given:
        intent["amount"] = _amount(given)
    call.books.save(intent)
    return intent


def _payer(call: Call) -> tuple[str | None, str | None]:
    """Return the customer and the payment method, each one that exists."""
    customer_id: str | None = call.given.get("customer")
    if customer_id is not None:
        looking_up.get(call.books, "customer", customer_id, param="customer")
    if "payment_method" not in call.given:
        return customer_id, None
    method = payment_methods.named(
        call.books, call.given["payment_method"], at=call.at, param="payment_method"
    )
    confirming.refuse_strangers_card(call.books, method, customer_id)
    return customer_id, method["id"]


def _amount(given: Record) -> int:
    amount = parameters.amount(given, "amount")
    if amount < SMALLEST_AMOUNT:
        message = f"Amount must be at least {SMALLEST_AMOUNT} in the smallest unit of its currency."
        raise InvalidRequest(message, code="amount_too_small", param="amount")
    return amount


def _currency(given: Record) -> str:
    currency = str(given["currency"]).lower()
    if len(currency) != 3 or not currency.isalpha():
        raise InvalidParameter(f"Invalid currency: {currency}.", param="currency")
    return currency


def _capture_method(given: Record) -> str:
    method: str = given.get("capture_method", "automatic_async")
    if method not in CAPTURE_METHODS:
        message = f"Invalid capture_method: must be one of {', '.join(CAPTURE_METHODS)}"
        raise InvalidParameter(message, param="capture_method")
    return method
