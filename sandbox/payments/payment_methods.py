"""Saved cards. Neither a whole number nor a security code is kept."""

import hashlib

from sandbox.payments import events, listing, looking_up
from sandbox.payments.books import Books, Record
from sandbox.payments.call import Call
from sandbox.payments.cards import BY_NAME, TestCard
from sandbox.payments.refusals import InvalidRequest

USED_UP = (
    "The provided PaymentMethod was detached from a Customer, or used without one. "
    "It may not be used again."
)


def make(
    books: Books,
    card: TestCard,
    *,
    at: int,
    expires: tuple[int, int] = (12, 2034),
    name: str | None = None,
) -> Record:
    """Write a payment method that belongs to nobody yet."""
    month, year = expires
    return books.create(
        "pm",
        "payment_method",
        at=at,
        type="card",
        allow_redisplay="always",
        billing_details={"address": None, "email": None, "name": name, "phone": None},
        customer=None,
        metadata={},
        card={
            "brand": card.brand,
            "checks": {"cvc_check": "pass"},
            "country": "US",
            "display_brand": card.brand,
            "exp_month": month,
            "exp_year": year,
            "fingerprint": hashlib.sha256(card.number.encode()).hexdigest()[:16],
            "funding": "credit",
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
    )


def named(books: Books, name: str, *, at: int, param: str = "id") -> Record:
    """Return a payment method by its id; one of Stripe's test names makes a new one."""
    if name in BY_NAME:
        return make(books, BY_NAME[name], at=at)
    return looking_up.get(books, "payment_method", name, param=param)


def attach(call: Call, name: str) -> Record:
    customer = looking_up.get(call.books, "customer", call.given["customer"], param="customer")
    method = named(call.books, name, at=call.at)
    if method["customer"] == customer["id"]:
        return method
    if method["customer"]:
        raise InvalidRequest(
            "The payment method you provided has already been attached to a customer."
        )
    return attach_to(call.books, method, customer["id"], at=call.at)


def attach_to(books: Books, method: Record, customer_id: str, *, at: int) -> Record:
    if is_used_up(books, method):
        raise InvalidRequest(USED_UP)
    method["customer"] = customer_id
    books.save(method)
    events.emit(books, "payment_method.attached", method, at=at)
    return method


def detach(call: Call, method_id: str) -> Record:
    method = looking_up.get(call.books, "payment_method", method_id)
    if method["customer"] is None:
        raise InvalidRequest(
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible."
        )
    method["customer"] = None
    call.books.save(method)
    use_up(call.books, method)
    events.emit(call.books, "payment_method.detached", method, at=call.at)
    return method


def use_up(books: Books, method: Record) -> None:
    books.execute("INSERT OR IGNORE INTO used_up VALUES (?)", method["id"])


def is_used_up(books: Books, method: Record) -> bool:
    return bool(books.execute("SELECT 1 FROM used_up WHERE method_id = ?", method["id"]))


def of_customer(call: Call, customer_id: str) -> Record:
    looking_up.get(call.books, "customer", customer_id, param="customer")
    return listing.list_records(call, "payment_method", customer=customer_id)


def listed(call: Call) -> Record:
    """List the cards of one customer; Stripe lists nobody's without a customer."""
    if call.given.get("type", "card") != "card" or "customer" not in call.given:
        return listing.empty_list("/v1/payment_methods")
    return of_customer(call, call.given["customer"])
