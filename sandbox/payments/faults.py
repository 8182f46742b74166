"""What goes wrong on purpose, chosen by a seeded die so that a run can be repeated."""

import random
import threading
from dataclasses import dataclass, field

from sandbox.payments.books import Record

API_KINDS = {
    "409",
    "429",
    "500_after",
    "500_before",
    "drop_after",
    "drop_before",
    "slow",
}
WEBHOOK_KINDS = {"drop_webhooks", "duplicate_webhooks", "reorder_webhooks"}


class UnknownFault(Exception):
    """The plan names a kind that this sandbox does not have, or a rate that is none."""


@dataclass(frozen=True)
class Plan:
    """Which faults, how often (0 to 1), on which requests, and how many at most."""

    rate: float = 0
    kinds: list[str] = field(default_factory=list)
    seed: int = 0
    count: int | None = None
    match: str = ""
    slow_seconds: float = 2


def read_plan(given: Record) -> Plan:
    """Raises UnknownFault."""
    try:
        plan = Plan(**given)
    except TypeError as error:
        raise UnknownFault(str(error)) from error
    if unknown := set(plan.kinds) - API_KINDS - WEBHOOK_KINDS:
        raise UnknownFault(f"No such faults: {', '.join(sorted(unknown))}")
    if not 0 <= plan.rate <= 1:
        raise UnknownFault("rate is a share from 0 to 1")
    return plan


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.follow(Plan())

    def follow(self, plan: Plan) -> None:
        with self._lock:
            self.plan = plan
            self._die = random.Random(plan.seed)
            self._left = plan.count

    def draw_for_call(self, request: str) -> str | None:
        """Return the fault of this call ("POST /v1/refunds"), if it is to have one."""
        return self._draw(API_KINDS) if self.plan.match in request else None

    def draw_for_webhook(self) -> str | None:
        return self._draw(WEBHOOK_KINDS)

    def _draw(self, family: set[str]) -> str | None:
        with self._lock:
            kinds = sorted(family & set(self.plan.kinds))
            if not kinds or self._left == 0 or self._die.random() >= self.plan.rate:
                return None
            if self._left is not None:
                self._left -= 1
            return self._die.choice(kinds)
