"""The calls under /v1: who may, which one, once only, and what goes wrong on purpose."""

import json
import secrets
import time
from typing import NoReturn

from sandbox.payments import expanding, idempotency, parameters
from sandbox.payments.account import Account
from sandbox.payments.books import Record
from sandbox.payments.call import Call, Dropped, Reply, Request
from sandbox.payments.refusals import CardRefused, InvalidParameter, Refused
from sandbox.payments.routes import Route, find_route

FAILED = Refused(500, "api_error", "An unknown error occurred")
LOCKED = Refused(
    409, "idempotency_error", "Another request holds this.", code="idempotency_key_in_use"
)
TOO_MANY = Refused(429, "invalid_request_error", "Request rate limit exceeded.", code="rate_limit")


def answer(account: Account, request: Request) -> Reply:
    """Answer a call. Raises Dropped where the answer is to be lost."""
    fault = account.faults.draw_for_call(f"{request.method} {request.path}")
    try:
        _fail_before(fault)
        slowness = account.faults.plan.slow_seconds if fault == "slow" else 0
        reply = _obey(account, request, slowness)
        _fail_after(fault)
    except Refused as refusal:
        return _reply(refusal.status_code, refusal.body)
    return reply


def _fail_before(fault: str | None) -> None:
    match fault:
        case "drop_before":
            raise Dropped
        case "500_before":
            raise FAILED
        case "409":
            raise LOCKED
        case "429":
            raise TOO_MANY


def _fail_after(fault: str | None) -> None:
    """Lose an answer that is already in the books; the same key brings it back."""
    match fault:
        case "drop_after":
            raise Dropped
        case "500_after":
            raise FAILED


def _obey(account: Account, request: Request, slowness: float) -> Reply:
    _authenticate(request)
    found = find_route(request.method, request.path)
    if found is None:
        shown = f"{request.method}: {request.path}"
        _refuse(404, f"Unrecognized request URL ({shown}).")
    route, ids = found
    key = request.headers.get("idempotency-key") if request.method == "POST" else None
    call = Call(
        books=account.books,
        given=parameters.parse_form(request.body or request.query),
        at=int(time.time()),
        base_url=request.base_url,
        idempotency_key=key,
    )
    with account.keys_in_use.hold(key):
        time.sleep(slowness)
        with account.books.transaction():
            return _once(call, route, ids, request.path)


def _authenticate(request: Request) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        _refuse(401, "You did not provide an API key.")
    if not key.startswith(("sk_test_", "rk_test_")):
        _refuse(401, "Invalid API Key provided: this sandbox takes test keys only (sk_test_...).")


def _refuse(status_code: int, message: str) -> NoReturn:
    raise Refused(status_code, "invalid_request_error", message)


def _once(call: Call, route: Route, ids: tuple[str, ...], path: str) -> Reply:
    key = call.idempotency_key
    if key is None:
        return _reply(*_outcome(call, route, ids))
    fingerprint = idempotency.fingerprint(path, call.given)
    if earlier := idempotency.earlier_answer(call.books, key, fingerprint):
        status_code, body = earlier
        return _reply(status_code, body, {"Idempotency-Key": key, "Idempotent-Replayed": "true"})
    status_code, body = _outcome(call, route, ids)
    idempotency.keep(call.books, key, fingerprint, status_code, body)
    return _reply(status_code, body, {"Idempotency-Key": key})


def _outcome(call: Call, route: Route, ids: tuple[str, ...]) -> tuple[int, Record]:
    """Act, and return the answer whichever it is. Raises InvalidParameter, having done nothing."""
    parameters.check(call.given, route.accepted, route.supported)
    call.books.set_mark()
    try:
        body = route.action(call, *ids)
        return 200, expanding.expanded(call.books, body, call.given.get("expand", []))
    except InvalidParameter:
        raise
    except CardRefused as refusal:
        return refusal.status_code, refusal.body
    except Refused as refusal:
        call.books.return_to_mark()
        return refusal.status_code, refusal.body


def _reply(status_code: int, body: Record, headers: dict[str, str] | None = None) -> Reply:
    request_id = f"req_{secrets.token_hex(7)}"
    return Reply(
        status_code,
        json.dumps(body).encode(),
        headers={"Request-Id": request_id, "Cache-Control": "no-store", **(headers or {})},
    )
