"""Sandboxes as a test starts them: to be killed, and started again over the same data."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import stripe

from tests.conftest import HTTP

ROOT = Path(__file__).resolve().parents[2]


class Process:
    def __init__(self, *command: str) -> None:
        self.command = [sys.executable, "-m", *command]
        self.start()

    def start(self) -> None:
        self.child = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self.child.stdout
        self.ports = json.loads(self.child.stdout.readline())
        self.url = f"http://127.0.0.1:{self.ports['port']}"

    def kill(self) -> None:
        self.child.kill()
        self.child.wait()

    def get(self, path: str, **params: Any) -> Any:
        return HTTP.get(f"{self.url}{path}", params=params).raise_for_status().json()

    def post(self, path: str, **given: Any) -> Any:
        return HTTP.post(f"{self.url}{path}", json=given).raise_for_status().json()


class Payments(Process):
    def __init__(self, data: Path, *options: str) -> None:
        super().__init__("sandbox.payments", "--port", "0", "--data", str(data), *options)

    @property
    def sdk(self) -> Any:
        """Stripe's client, with this process's address and nothing else changed but retries."""
        client = stripe.StripeClient(
            "sk_test_x", base_addresses={"api": self.url}, max_network_retries=0
        )
        return client.v1
