"""Asking the card: it pays, wants its owner to approve, or is declined."""

from sandbox.payments import charging, events, looking_up, parameters, payment_methods
from sandbox.payments.books import Books, Record
from sandbox.payments.call import Call
from sandbox.payments.cards import BY_LAST4, NEEDS_OWNER, Decline
from sandbox.payments.refusals import CardRefused, InvalidRequest, unexpected_state

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def confirm(call: Call, intent_id: str) -> Record:
    intent = looking_up.get(call.books, "payment_intent", intent_id)
    if intent["status"] not in CONFIRMABLE:
        message = (
            f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}."
        )
        raise unexpected_state(intent, message)
    if name := call.given.get("payment_method"):
        method = payment_methods.named(call.books, name, at=call.at, param="payment_method")
        refuse_strangers_card(call.books, method, intent["customer"])
        intent["payment_method"] = method["id"]
    return confirm_intent(call, intent)


def confirm_intent(call: Call, intent: Record) -> Record:
    """Charge the intent's card or say why not. Raises CardRefused."""
    return_url = parameters.address(call.given, "return_url")
    if intent["payment_method"] is None:
        message = (
            "You cannot confirm this PaymentIntent because it's missing a payment method. "
            "You can either update the PaymentIntent with a payment method and then confirm it "
            "again, or confirm it again directly with a payment method."
        )
        raise unexpected_state(intent, message)
    method = looking_up.get(call.books, "payment_method", intent["payment_method"])
    card = BY_LAST4[method["card"]["last4"]]
    wants_no_owner = parameters.is_true(call.given, "off_session") or parameters.is_true(
        call.given, "error_on_requires_action"
    )
    if card.needs_authentication and wants_no_owner:
        raise declined(call.books, intent, NEEDS_OWNER, at=call.at)
    if card.needs_authentication:
        return _ask_owner(call, intent, return_url)
    if card.decline:
        raise declined(call.books, intent, card.decline, at=call.at)
    return charging.authorise(call.books, intent, at=call.at)


def _ask_owner(call: Call, intent: Record, return_url: str | None) -> Record:
    intent["status"] = "requires_action"
    intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
    if return_url:
        page = f"{call.base_url}/authenticate/{intent['id']}"
        intent["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"url": page, "return_url": return_url},
        }
    call.books.save(intent)
    events.emit(call.books, "payment_intent.requires_action", intent, at=call.at)
    return intent


def declined(books: Books, intent: Record, decline: Decline, *, at: int) -> CardRefused:
    """Write the failed attempt and return the refusal to raise."""
    method = looking_up.get(books, "payment_method", intent["payment_method"])
    charge = charging.failed_charge(books, intent, decline, at=at)
    error: Record = {
        "type": "card_error",
        "code": decline.code,
        "decline_code": decline.decline_code,
        "message": decline.message,
        "charge": charge["id"],
        "payment_method": method,
    }
    intent["latest_charge"] = charge["id"]
    return CardRefused(error | {"payment_intent": fail(books, intent, error, at=at)})


def fail(books: Books, intent: Record, error: Record, *, at: int) -> Record:
    """Let the intent wait for another card."""
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_payment_error": error,
    }
    books.save(intent)
    events.emit(books, "payment_intent.payment_failed", intent, at=at)
    return intent


def refuse_strangers_card(books: Books, method: Record, customer_id: str | None) -> None:
    if method["customer"] and method["customer"] != customer_id:
        raise InvalidRequest(
            "The PaymentMethod supplied belongs to a different Customer than the PaymentIntent.",
            param="payment_method",
        )
    if payment_methods.is_used_up(books, method):
        raise InvalidRequest(payment_methods.USED_UP, param="payment_method")
