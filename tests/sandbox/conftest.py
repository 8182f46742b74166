"""The sandboxes' own tests: real processes, the official SDK, and nothing of the product."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
import stripe

from tests.sandbox.carrier import FAST, Carrier
from tests.sandbox.processes import Payments

WEBHOOK_SECRET = "whsec_sandbox"


@pytest.fixture(scope="session")
def payments_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Payments]:
    payments = Payments(tmp_path_factory.mktemp("payments") / "data.sqlite3")
    yield payments
    payments.kill()


@pytest.fixture
def payments(payments_of_all: Payments) -> Payments:
    """A payment provider where nobody has paid yet."""
    payments_of_all.post("/sandbox/reset")
    return payments_of_all


@pytest.fixture
def sdk(payments: Payments) -> Any:
    return payments.sdk


@pytest.fixture
def customer(sdk: Any) -> Any:
    return sdk.customers.create({"email": "ada@acme.example", "name": "Acme Telecom"})


@pytest.fixture
def start_payments(tmp_path: Path) -> Iterator[Callable[..., Payments]]:
    """Start a provider that the test may kill."""
    started: list[Payments] = []

    def start(*options: str) -> Payments:
        payments = Payments(tmp_path / "data.sqlite3", *options)
        started.append(payments)
        return payments

    yield start
    for payments in started:
        payments.kill()


class Endpoint(BaseHTTPRequestHandler):
    """Where events arrive: `answers` are given in turn, then 200 for ever."""

    server: "Inbox"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.answers.pop(0) if self.server.answers else 200
        if status == 200:
            event = stripe.Webhook.construct_event(
                body.decode(), self.headers["Stripe-Signature"], WEBHOOK_SECRET
            )
            self.server.events.put((event, self.headers["Host"], self.path))
        self.send_response(status)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Inbox(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Endpoint)
        self.answers: list[int] = []
        self.events: Queue[tuple[Any, str, str]] = Queue()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/webhooks/stripe/"

    def next_type(self) -> str:
        event, _, _ = self.events.get(timeout=10)
        return str(event.type)

    def is_quiet_for(self, seconds: float) -> bool:
        try:
            self.events.get(timeout=seconds)
        except Empty:
            return True
        return False


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as server:
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def sends_to(start_payments: Callable[..., Payments], inbox: Inbox) -> Callable[[], Payments]:
    """Start a provider that sends its events to the inbox."""

    def start() -> Payments:
        return start_payments(
            "--webhook-url",
            inbox.url,
            "--webhook-host",
            "numberyard.localhost",
            "--webhook-secret",
            WEBHOOK_SECRET,
        )

    return start


@pytest.fixture
def patiently() -> Callable[[Callable[[], Any]], Any]:
    """Ask until the answer is true, five seconds at most."""

    def ask(question: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + 5
        while not (answer := question()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return answer

    return ask


@pytest.fixture(scope="session")
def carrier_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carrier]:
    carrier = Carrier(tmp_path_factory.mktemp("carrier") / "data.sqlite3", "--numbers", "3000")
    yield carrier
    carrier.kill()


@pytest.fixture
def carrier(carrier_of_all: Carrier) -> Carrier:
    """A carrier that has sold nothing yet and answers at once."""
    carrier_of_all.post("/sandbox/reset")
    carrier_of_all.post("/sandbox/modes", like="plain", **FAST)
    return carrier_of_all


@pytest.fixture
def start_carrier(tmp_path: Path) -> Iterator[Callable[..., Carrier]]:
    """Start a fast carrier that the test may kill."""
    started: list[Carrier] = []

    def start(*options: str, name: str = "data.sqlite3") -> Carrier:
        carrier = Carrier(tmp_path / name, "--numbers", "3000", *options)
        carrier.post("/sandbox/modes", **FAST)
        started.append(carrier)
        return carrier

    yield start
    for carrier in started:
        carrier.kill()
