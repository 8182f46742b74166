"""The page on which a card's owner approves a payment or refuses it, and what follows."""

import time
from urllib.parse import parse_qsl

from sandbox.payments import charging, confirming, looking_up, pages, parameters
from sandbox.payments.account import Account
from sandbox.payments.books import Books, Record
from sandbox.payments.call import Reply, Request
from sandbox.payments.cards import BY_LAST4
from sandbox.payments.refusals import NoSuchObject

REFUSED: Record = {
    "type": "invalid_request_error",
    "code": "payment_intent_authentication_failure",
    "message": (
        "The provided PaymentMethod has failed authentication. You can provide a new "
        "PaymentMethod to attempt to fulfill this PaymentIntent again."
    ),
}


def answer(account: Account, request: Request) -> Reply:
    intent_id = request.path.removeprefix("/authenticate/")
    with account.books.transaction():
        try:
            intent = looking_up.get(account.books, "payment_intent", intent_id)
        except NoSuchObject:
            text = "This address belongs to no payment. Go back to your order."
            return pages.notice("Nothing here", text, status_code=404)
        if intent["status"] != "requires_action":
            text = "This payment does not wait for you. Go back to your order."
            return pages.notice("Nothing to approve", text, status_code=409)
        if request.method != "POST":
            return _question(account.books, intent)
        outcome = dict(parse_qsl(request.body)).get("outcome")
        if outcome not in ("approve", "refuse"):
            return _question(account.books, intent)
        return_url = intent["next_action"].get("redirect_to_url", {}).get("return_url")
        settle(account.books, intent, is_approved=outcome == "approve", at=int(time.time()))
    if return_url is None:
        return pages.notice("Thank you", "You can close this page.")
    has_paid = intent["status"] in ("succeeded", "requires_capture")
    return pages.redirect(
        parameters.with_query(
            return_url,
            payment_intent=intent["id"],
            payment_intent_client_secret=intent["client_secret"],
            redirect_status="succeeded" if has_paid else "failed",
        )
    )


def settle(books: Books, intent: Record, *, is_approved: bool, at: int) -> None:
    """Charge the card its owner approved, or let the intent wait for another one."""
    method = looking_up.get(books, "payment_method", intent["payment_method"])
    decline = BY_LAST4[method["card"]["last4"]].decline
    if not is_approved:
        confirming.fail(books, intent, {**REFUSED, "payment_method": method}, at=at)
    elif decline:
        confirming.declined(books, intent, decline, at=at)
    else:
        charging.authorise(books, intent, at=at)


def _question(books: Books, intent: Record) -> Reply:
    method = looking_up.get(books, "payment_method", intent["payment_method"])
    body = pages.fill(
        "authenticate",
        amount=pages.amount(intent["amount"], intent["currency"]),
        card=f"{method['card']['brand'].title()} ending in {method['card']['last4']}",
        description=intent["description"] or "Your order",
    )
    return pages.page("Approve this payment", body)
