"""The sandbox carrier as a customer sees it, with the answers still in their wrapping."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests.sandbox.processes import Process

KEY = "sandbox-key"
PATIENCE_SECONDS = 10
FAST = {"latency_ms": 0, "delivery_ms": 0, "visibility_lag_ms": 0, "owned_lag_ms": 0}


class Carrier(Process):
    def __init__(self, data: Path, *options: str) -> None:
        super().__init__("sandbox.carrier", "--port", "0", "--data", str(data), *options)

    def start(self) -> None:
        super().start()
        self.http = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=PATIENCE_SECONDS,
        )

    def kill(self) -> None:
        self.http.close()
        super().kill()

    def ask(self, path: str, **params: Any) -> Any:
        return self.http.get(path, params=params).raise_for_status().json()

    def offers(self, **query: Any) -> list[str]:
        offers = self.ask("/v1/available_numbers", **{"limit": 1000, **query})["data"]
        return [offer["number"] for offer in offers]

    def magic(self, line: str) -> str:
        """Give a number of Arkansas with these last four digits."""
        return self.offers(npa="501", ends_with=line)[0]

    def ordinary(self, count: int = 1) -> list[str]:
        return self.offers(npa="501")[:count]

    def order(self, *numbers: str, reference: str | None = None, **more: Any) -> httpx.Response:
        reference = reference or str(uuid4())
        asked = {"customer_reference": reference, "numbers": numbers, **more}
        return self.http.post("/v1/orders", json=asked)

    def release(self, number: str, reference: str = "release") -> httpx.Response:
        return self.http.request(
            "DELETE", f"/v1/owned/{number}", json={"customer_reference": reference}
        )

    def orders_of(self, reference: str) -> Any:
        return self.ask("/v1/orders", customer_reference=reference)["data"]

    def owned(self) -> list[str]:
        return [row["number"] for row in self.ask("/v1/owned")["data"]]

    def charged(self) -> list[str]:
        return [charge["number"] for charge in self.get("/sandbox/truth")["charges"]]


def error_code(response: httpx.Response) -> str:
    return str(response.json()["errors"][0]["code"])


def line_of(order: Any, number: str) -> Any:
    return next(line for line in order["numbers"] if line["number"] == number)


def eventually(condition: Callable[[], object]) -> None:
    """Wait until it holds; what is never true fails here."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
