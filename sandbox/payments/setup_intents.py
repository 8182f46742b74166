"""SetupIntents: saving a card to be charged later."""

import secrets

from sandbox.payments import events, looking_up, parameters, payment_methods
from sandbox.payments.books import Books, Record
from sandbox.payments.call import Call
from sandbox.payments.refusals import InvalidRequest


def create(call: Call) -> Record:
    setup = start(call.books, call.given, customer_id=call.given.get("customer"), at=call.at)
    if parameters.is_true(call.given, "confirm"):
        return _confirm(call, setup)
    return setup


def confirm(call: Call, setup_id: str) -> Record:
    return _confirm(call, looking_up.get(call.books, "setup_intent", setup_id))


def start(books: Books, given: Record, *, customer_id: str | None, at: int) -> Record:
    if customer_id is not None:
        looking_up.get(books, "customer", customer_id, param="customer")
    setup = books.create(
        "seti",
        "setup_intent",
        at=at,
        customer=customer_id,
        description=given.get("description"),
        last_setup_error=None,
        metadata=parameters.merged_metadata({}, given),
        next_action=None,
        payment_method=None,
        payment_method_types=["card"],
        status="requires_payment_method",
        usage=given.get("usage", "off_session"),
    )
    setup["client_secret"] = f"{setup['id']}_secret_{secrets.token_hex(8)}"
    books.save(setup)
    events.emit(books, "setup_intent.created", setup, at=at)
    return setup


def _confirm(call: Call, setup: Record) -> Record:
    if "payment_method" not in call.given:
        raise InvalidRequest(
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            code="setup_intent_unexpected_state",
        )
    method = payment_methods.named(
        call.books, call.given["payment_method"], at=call.at, param="payment_method"
    )
    return succeed(call.books, setup, method, at=call.at)


def succeed(books: Books, setup: Record, method: Record, *, at: int) -> Record:
    """Save the card, to its customer where there is one."""
    if setup["status"] != "requires_payment_method":
        raise InvalidRequest(
            f"This SetupIntent has a status of {setup['status']}.",
            code="setup_intent_unexpected_state",
        )
    if setup["customer"] and method["customer"] != setup["customer"]:
        payment_methods.attach_to(books, method, setup["customer"], at=at)
    setup |= {"status": "succeeded", "payment_method": method["id"]}
    books.save(setup)
    events.emit(books, "setup_intent.succeeded", setup, at=at)
    return setup
