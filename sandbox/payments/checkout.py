"""Checkout Sessions in setup mode: a page of ours on which a person saves a card."""

from sandbox.payments import events, looking_up, parameters, payment_methods, setup_intents
from sandbox.payments.books import Books, Record
from sandbox.payments.call import Call
from sandbox.payments.cards import TestCard
from sandbox.payments.refusals import InvalidParameter, InvalidRequest

LIFETIME_SECONDS = 24 * 3600


def create(call: Call) -> Record:
    given = call.given
    _check(given)
    setup = setup_intents.start(
        call.books,
        given.get("setup_intent_data", {}),
        customer_id=given.get("customer"),
        at=call.at,
    )
    session = call.books.create(
        "cs_test",
        "checkout.session",
        at=call.at,
        cancel_url=given.get("cancel_url"),
        client_reference_id=given.get("client_reference_id"),
        currency=given.get("currency"),
        customer=given.get("customer"),
        customer_email=given.get("customer_email"),
        expires_at=call.at + LIFETIME_SECONDS,
        metadata=parameters.merged_metadata({}, given),
        mode="setup",
        payment_intent=None,
        payment_method_types=["card"],
        payment_status="no_payment_required",
        setup_intent=setup["id"],
        status="open",
        success_url=given["success_url"],
    )
    session["url"] = f"{call.base_url}/pay/{session['id']}"
    call.books.save(session)
    call.books.plan(session["id"], "expire_session", due_at=session["expires_at"])
    return session


def _check(given: Record) -> None:
    if given.get("mode") != "setup":
        message = "This sandbox has Checkout Sessions in setup mode only."
        raise InvalidParameter(message, code="sandbox_unsupported", param="mode")
    if "currency" not in given:
        message = "You must provide `currency` when `mode` is `setup` with dynamic payment methods."
        raise InvalidParameter(message, code="parameter_missing", param="currency")
    if parameters.address(given, "success_url") is None:
        message = "Missing required param: success_url."
        raise InvalidParameter(message, code="parameter_missing", param="success_url")
    parameters.address(given, "cancel_url")


def expire(call: Call, session_id: str) -> Record:
    session = looking_up.get(call.books, "checkout.session", session_id)
    if session["status"] != "open":
        message = f"Only Checkout Sessions with a status of open can be expired: {session_id}"
        raise InvalidRequest(message)
    return _close(call.books, session, at=call.at)


def expire_session(books: Books, session_id: str, *, at: int) -> None:
    _close(books, looking_up.get(books, "checkout.session", session_id), at=at)


def _close(books: Books, session: Record, *, at: int) -> Record:
    session |= {"status": "expired", "url": None}
    books.save(session)
    books.unplan(session["id"])
    events.emit(books, "checkout.session.expired", session, at=at)
    return session


def complete(
    books: Books,
    session: Record,
    card: TestCard,
    *,
    expires: tuple[int, int],
    name: str,
    at: int,
) -> None:
    """Save the card the person typed and close the session."""
    method = payment_methods.make(books, card, at=at, expires=expires, name=name)
    setup = looking_up.get(books, "setup_intent", session["setup_intent"])
    setup_intents.succeed(books, setup, method, at=at)
    session |= {"status": "complete", "url": None}
    books.save(session)
    books.unplan(session["id"])
    events.emit(books, "checkout.session.completed", session, at=at)


def success_address(session: Record) -> str:
    address: str = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
    return address
