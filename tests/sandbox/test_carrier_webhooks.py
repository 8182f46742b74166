"""The sandbox carrier's events: signed, repeated, doubled, lost and out of order."""

import base64
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.sandbox.carrier import eventually


class Endpoint(BaseHTTPRequestHandler):
    """Where events arrive: `answers` are given in turn, then 200 for ever."""

    server: "Events"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.arrived.append((dict(self.headers), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Say nothing."""


class Events(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Endpoint)
        self.arrived: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []


@pytest.fixture
def events():
    with Events() as server:
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def carrier(start_carrier, events):
    url = f"http://127.0.0.1:{events.server_port}/hooks/carrier/"
    return start_carrier("--webhook-url", url, "--webhook-host", "numberyard.localhost")


def kinds(events):
    return [json.loads(body)["type"] for _, body in events.arrived]


def is_genuine(carrier, headers, body):
    key = base64.b64decode(carrier.ask("/v1/public_key")["public_key"])
    signature = base64.b64decode(headers["X-Sandbox-Signature"])
    message = headers["X-Sandbox-Timestamp"].encode() + b"|" + body
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_order_is_told_by_signed_events(carrier, events):
    order = carrier.order(*carrier.ordinary()).json()

    eventually(lambda: len(events.arrived) == 2)

    headers, body = events.arrived[1]
    event = json.loads(body)
    assert kinds(events) == ["order.created", "order.updated"]
    assert event["data"] == order
    assert headers["Host"] == "numberyard.localhost"
    assert is_genuine(carrier, headers, body)
    assert not is_genuine(carrier, headers, body + b" ")


def test_event_is_repeated_until_it_is_taken(carrier, events):
    events.answers += [500]

    carrier.order(*carrier.ordinary())

    eventually(lambda: len(events.arrived) == 3)
    ids = Counter(json.loads(body)["id"] for _, body in events.arrived)
    assert sorted(ids.values()) == [1, 2]


def test_events_are_doubled(carrier, events):
    carrier.post("/sandbox/faults", rate=1, kinds=["webhook_duplicate"])

    carrier.order(*carrier.ordinary())

    eventually(lambda: len(events.arrived) == 4)
    assert Counter(kinds(events)) == {"order.created": 2, "order.updated": 2}


def test_events_are_lost(carrier, events):
    carrier.post("/sandbox/faults", rate=1, kinds=["webhook_drop"])
    lost, told = carrier.ordinary(2)
    carrier.order(lost)
    carrier.post("/sandbox/faults", rate=0)

    carrier.order(told)

    eventually(lambda: len(events.arrived) == 2)
    told_numbers = {json.loads(body)["data"]["numbers"][0]["number"] for _, body in events.arrived}
    assert told_numbers == {told}


def test_later_events_overtake(carrier, events):
    carrier.post("/sandbox/speed", delivery_ms=300)
    carrier.post("/sandbox/faults", rate=1, kinds=["webhook_reorder"])
    carrier.order(*carrier.ordinary())
    carrier.post("/sandbox/faults", rate=0)

    eventually(lambda: len(events.arrived) == 2)

    assert kinds(events) == ["order.updated", "order.created"]


def test_forged_event_goes_ahead(carrier, events):
    carrier.post("/sandbox/faults", rate=1, kinds=["webhook_bad_signature"])

    carrier.order(*carrier.ordinary())

    eventually(lambda: len(events.arrived) == 4)
    genuine = [is_genuine(carrier, *event) for event in events.arrived]
    assert genuine == [False, True, False, True]


def test_event_can_arrive_before_the_answer(carrier, events):
    carrier.post("/sandbox/speed", latency_ms=1000, latency_shape="fixed")

    carrier.order(*carrier.ordinary())

    assert kinds(events) == ["order.created", "order.updated"]
