"""The interface: which path and method does what."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sandbox.carrier import (
    behaviour,
    buying,
    controls,
    delivering,
    holds,
    offers,
    orders,
    owned,
    webhooks,
)
from sandbox.carrier.answers import Answer, Refused, format_money
from sandbox.carrier.faults import load_faults
from sandbox.carrier.operations import Carrier, perform, spoil_read

KEY = "sandbox-key"
OPENING_BALANCE = 100_000_000
NUMBER = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    body: dict[str, Any]
    key: str
    accept: str = ""
    # What the path names.
    names: tuple[str, ...] = field(default=())


Action = Callable[[Carrier, Request], Answer]


def show_account(carrier: Carrier, request: Request) -> Answer:
    connection = carrier.data.read()
    spent = connection.execute("SELECT coalesce(sum(amount), 0) FROM charges").fetchone()[0]
    balance = format_money(OPENING_BALANCE - spent)
    return Answer(200, {"balance": balance, "currency": "USD", "healthy": True})


def search_numbers(carrier: Carrier, request: Request) -> Answer:
    return Answer(200, offers.search_offers(carrier.data.read(), request.query))


def list_offers(carrier: Carrier, request: Request) -> Answer:
    connection = carrier.data.read()
    if "application/x-ndjson" in request.accept:
        total, lines = offers.open_feed(connection)
        headers = {"Content-Type": "application/x-ndjson", "X-Total": str(total)}
        return Answer(200, None, headers, lines=lines)
    return Answer(200, offers.list_offers(connection, request.query))


def create_hold(carrier: Carrier, request: Request) -> Answer:
    number = read_number(request.body.get("number"))
    with carrier.data.write() as connection:
        return Answer(201, holds.hold_number(connection, number))


def drop_hold(carrier: Carrier, request: Request) -> Answer:
    with carrier.data.write() as connection:
        holds.drop_hold(connection, request.names[0])
    return Answer(200, {})


def create_order(carrier: Carrier, request: Request) -> Answer:
    numbers = request.body.get("numbers")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= buying.LARGEST_ORDER:
        raise Refused(400, "invalid", f"numbers: from 1 to {buying.LARGEST_ORDER}")
    if len(set(map(read_number, numbers))) < len(numbers):
        raise Refused(400, "invalid", "numbers: one of them twice")
    held = request.body.get("holds", [])
    if not isinstance(held, list) or not all(isinstance(hold, str) for hold in held):
        raise Refused(400, "invalid", "holds: a list of their ids")
    reference = read_reference(request)
    return perform(carrier, "purchase", request.body, customer_reference=reference, numbers=numbers)


def list_orders(carrier: Carrier, request: Request) -> Answer:
    reference = request.query.get("customer_reference", "")
    found = orders.list_orders(carrier.data.read(), reference)
    return Answer(200, {"data": found})


def show_order(carrier: Carrier, request: Request) -> Answer:
    return Answer(200, orders.describe_order(carrier.data.read(), request.names[0]))


def cancel_order(carrier: Carrier, request: Request) -> Answer:
    with carrier.data.write() as connection:
        delivering.cancel_order(connection, request.names[0])
        return Answer(200, orders.describe_order(connection, request.names[0]))


def create_document(carrier: Carrier, request: Request) -> Answer:
    number = read_number(request.body.get("number"))
    with carrier.data.write() as connection:
        delivering.hand_in_document(connection, request.names[0], number)
        return Answer(201, orders.describe_order(connection, request.names[0]))


def list_owned(carrier: Carrier, request: Request) -> Answer:
    limit = offers.read_limit(request.query, 1000, 1000)
    cursor = request.query.get("cursor", "")
    return Answer(200, owned.list_owned(carrier.data.read(), cursor=cursor, limit=limit))


def show_owned(carrier: Carrier, request: Request) -> Answer:
    return Answer(200, owned.get_owned(carrier.data.read(), read_number(request.names[0])))


def release_owned(carrier: Carrier, request: Request) -> Answer:
    number = read_number(request.names[0])
    reference = read_reference(request)
    wanted: dict[str, object] = {"number": number, "customer_reference": reference}
    return perform(carrier, "release", wanted, customer_reference=reference, numbers=[number])


def show_public_key(carrier: Carrier, request: Request) -> Answer:
    return Answer(200, {"public_key": webhooks.show_public_key(carrier.seed)})


def show_truth(carrier: Carrier, request: Request) -> Answer:
    return Answer(200, controls.tell_truth(carrier.data.read()))


def show_behaviour(carrier: Carrier, request: Request) -> Answer:
    return Answer(200, asdict(behaviour.load_behaviour(carrier.data.read())))


def set_behaviour(carrier: Carrier, request: Request) -> Answer:
    with carrier.data.write() as connection:
        return Answer(200, asdict(behaviour.change_behaviour(connection, request.body)))


def show_faults(carrier: Carrier, request: Request) -> Answer:
    return Answer(200, asdict(load_faults(carrier.data.read())))


def set_faults(carrier: Carrier, request: Request) -> Answer:
    with carrier.data.write() as connection:
        return Answer(200, controls.set_faults(connection, request.body))


def finish_orders(carrier: Carrier, request: Request) -> Answer:
    return Answer(200, controls.finish_orders(carrier))


def forget(carrier: Carrier, request: Request) -> Answer:
    with carrier.data.write() as connection:
        return Answer(200, controls.forget(connection))


ROUTES: list[tuple[str, str, Action]] = [
    ("GET", r"/v1/account", show_account),
    ("GET", r"/v1/available_numbers", search_numbers),
    ("GET", r"/v1/offers", list_offers),
    ("POST", r"/v1/holds", create_hold),
    ("DELETE", r"/v1/holds/([^/]+)", drop_hold),
    ("POST", r"/v1/orders", create_order),
    ("GET", r"/v1/orders", list_orders),
    ("GET", r"/v1/orders/([^/]+)", show_order),
    ("POST", r"/v1/orders/([^/]+)/cancel", cancel_order),
    ("POST", r"/v1/orders/([^/]+)/documents", create_document),
    ("GET", r"/v1/owned", list_owned),
    ("GET", r"/v1/owned/([^/]+)", show_owned),
    ("DELETE", r"/v1/owned/([^/]+)", release_owned),
    ("GET", r"/v1/public_key", show_public_key),
    ("GET", r"/sandbox/truth", show_truth),
    ("GET", r"/sandbox/speed", show_behaviour),
    ("POST", r"/sandbox/speed", set_behaviour),
    ("GET", r"/sandbox/modes", show_behaviour),
    ("POST", r"/sandbox/modes", set_behaviour),
    ("GET", r"/sandbox/faults", show_faults),
    ("POST", r"/sandbox/faults", set_faults),
    ("POST", r"/sandbox/deliver", finish_orders),
    ("POST", r"/sandbox/reset", forget),
]


def answer_request(carrier: Carrier, request: Request) -> Answer:
    if request.path.startswith("/v1/") and request.key != f"Bearer {KEY}":
        return Refused(401, "unauthorized", "the key is not known here").answer()
    try:
        for method, pattern, action in ROUTES:
            match = re.fullmatch(pattern, request.path)
            if match and method == request.method:
                answer = action(carrier, replace(request, names=match.groups()))
                return trouble(carrier, request, answer)
    except Refused as refusal:
        return refusal.answer()
    return Refused(404, "not_found", f"no {request.method} {request.path} here").answer()


def trouble(carrier: Carrier, request: Request, answer: Answer) -> Answer:
    is_read = request.method == "GET" and request.path.startswith("/v1/")
    if is_read and "read" in load_faults(carrier.data.read()).operations:
        return spoil_read(carrier, answer)
    return answer


def read_number(number: object) -> str:
    if not isinstance(number, str) or not NUMBER.fullmatch(number):
        raise Refused(400, "invalid", f"{number!r}: not a number in E.164")
    return number


def read_reference(request: Request) -> str:
    reference = request.body.get("customer_reference")
    if not isinstance(reference, str) or not reference:
        raise Refused(400, "invalid", "customer_reference: missing")
    return reference
