"""For tests and chaos: what is true, what is to go wrong, a clean start."""

import json

from sandbox.payments.account import Account
from sandbox.payments.books import Record
from sandbox.payments.call import Reply, Request
from sandbox.payments.faults import Plan, UnknownFault, read_plan

KINDS_OF_TRUTH = {
    "charges": "charge",
    "payment_intents": "payment_intent",
    "refunds": "refund",
}


def answer(account: Account, request: Request) -> Reply:
    given: Record = json.loads(request.body or "{}")
    match request.method, request.path:
        case "GET", "/sandbox/truth":
            return _reply(_truth(account))
        case "POST", "/sandbox/faults":
            return _set_faults(account, given)
        case "POST", "/sandbox/expire":
            return _expire(account, given)
        case "POST", "/sandbox/reset":
            return _reset(account)
    return _reply({"error": "There is no such control."}, status_code=404)


def _truth(account: Account) -> Record:
    """Return every intent, refund and charge, whatever faults are on."""
    with account.books.transaction():
        return {name: account.books.all_of(kind) for name, kind in KINDS_OF_TRUTH.items()}


def _set_faults(account: Account, given: Record) -> Reply:
    try:
        account.faults.follow(read_plan(given))
    except UnknownFault as error:
        return _reply({"error": str(error)}, status_code=400)
    return _reply(given)


def _expire(account: Account, given: Record) -> Reply:
    """Let an authorisation or a Checkout Session run out now; the courier sees to it."""
    with account.books.transaction():
        account.books.execute("UPDATE steps SET due_at = 0 WHERE record_id = ?", given["id"])
    return _reply(given)


def _reset(account: Account) -> Reply:
    with account.books.transaction():
        account.books.forget_everything()
    account.faults.follow(Plan())
    return _reply({})


def _reply(body: Record, status_code: int = 200) -> Reply:
    return Reply(status_code, json.dumps(body).encode())
