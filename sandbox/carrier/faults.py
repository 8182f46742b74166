"""Which request goes wrong, and how: by the number's last four digits, by rule, or by chance.

All three are deterministic: by how often the number was tried, by the rule's own count, and by the
seed and the operation's number.
"""

import random
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from sandbox.carrier.answers import Refused
from sandbox.carrier.datafile import get_setting, put_setting

SETTING = "faults"


class Fault(StrEnum):
    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    ERROR_BEFORE = "500_before"
    ERROR_AFTER = "500_after"
    BUSY = "429"
    MALFORMED = "malformed"
    EMPTY = "empty"
    # No answer, and the effect lands when the client has given up.
    LATE_EFFECT = "late_effect"
    # The connection is reset, every other time after the effect.
    RESET = "reset"
    SLOW = "slow"
    WEBHOOK_DUPLICATE = "webhook_duplicate"
    WEBHOOK_DROP = "webhook_drop"
    # Later events overtake it.
    WEBHOOK_REORDER = "webhook_reorder"
    # A forged copy goes ahead of it.
    WEBHOOK_BAD_SIGNATURE = "webhook_bad_signature"


WEBHOOK_FAULTS = {fault for fault in Fault if fault.startswith("webhook_")}
USUAL_KINDS = [
    Fault.TIMEOUT_BEFORE,
    Fault.TIMEOUT_AFTER,
    Fault.ERROR_AFTER,
    Fault.BUSY,
    Fault.MALFORMED,
    Fault.LATE_EFFECT,
    Fault.RESET,
]
OPERATIONS = {"purchase", "release", "read"}

# On the first attempt to buy the number; later attempts go well.
MAGIC_FAULTS = {
    "0110": Fault.TIMEOUT_BEFORE,
    "0111": Fault.TIMEOUT_AFTER,
    "0112": Fault.ERROR_AFTER,
    "0113": Fault.BUSY,
    "0120": Fault.MALFORMED,
}
# On every attempt; what they do stands where they are used.
NOT_AVAILABLE = "0114"
INSUFFICIENT_FUNDS = "0115"
PENDING_FOR_EVER = "0116"
HALF_FAILS = "0117"
OWNED_LATER = "0118"
FAILED_YET_OWNED = "0119"
NEEDS_DOCUMENTS = "0121"
MAGIC_LINES = [f"{line:04d}" for line in range(110, 122)]


@dataclass(slots=True)
class Rule:
    """A fault for requests of one kind whose number and reference match; `nth`: only that one."""

    kind: Fault
    operation: str = "purchase"
    number: str = "*"
    customer_reference: str = "*"
    nth: int | None = None
    matched: int = 0

    def matches(self, attempt: "Attempt") -> bool:
        return (
            self.operation == attempt.operation
            and fnmatchcase(attempt.customer_reference, self.customer_reference)
            and any(fnmatchcase(number, self.number) for number in attempt.numbers or [""])
        )


@dataclass(slots=True)
class Faults:
    """What was asked for at /sandbox/faults."""

    rate: float = 0
    seed: int = 1
    kinds: list[Fault] = field(default_factory=USUAL_KINDS.copy)
    operations: list[str] = field(default_factory=lambda: ["purchase", "release"])
    rules: list[Rule] = field(default_factory=list)

    def draw(self, occasion: str, possible: set[Fault]) -> Fault | None:
        """Draw one of the kinds asked for that is possible here, or none."""
        kinds = [kind for kind in self.kinds if kind in possible]
        draw = random.Random(f"{self.seed} {occasion}")
        if not kinds or draw.random() >= self.rate:
            return None
        return draw.choice(kinds)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request that may go wrong, and how often each of its numbers was tried, this one in."""

    operation: str
    operation_id: int
    customer_reference: str
    numbers: dict[str, int]


def parse_faults(wanted: Mapping[str, Any]) -> Faults:
    """Read what a test asks for. Raises Refused."""
    try:
        faults = Faults(**wanted)
        faults.kinds = [Fault(kind) for kind in faults.kinds]
        rules = wanted.get("rules", [])
        faults.rules = [Rule(**{**rule, "kind": Fault(rule["kind"])}) for rule in rules]
    except (TypeError, ValueError, KeyError) as error:
        raise Refused(400, "invalid", f"faults: {error}") from error
    if not isinstance(faults.rate, int | float) or not 0 <= faults.rate <= 1:
        raise Refused(400, "invalid", "rate: from 0 to 1")
    if not {*faults.operations, *(rule.operation for rule in faults.rules)} <= OPERATIONS:
        raise Refused(400, "invalid", f"operations: some of {', '.join(sorted(OPERATIONS))}")
    return faults


def load_faults(connection: sqlite3.Connection) -> Faults:
    return parse_faults(get_setting(connection, SETTING))


def put_faults(connection: sqlite3.Connection, faults: Faults) -> None:
    put_setting(connection, SETTING, asdict(faults))


def decide_fault(connection: sqlite3.Connection, attempt: Attempt) -> Fault | None:
    if attempt.operation == "purchase":
        for number, count in attempt.numbers.items():
            if count == 1 and number[-4:] in MAGIC_FAULTS:
                return MAGIC_FAULTS[number[-4:]]
    faults = load_faults(connection)
    for rule in faults.rules:
        if rule.matches(attempt):
            rule.matched += 1
            put_faults(connection, faults)
            if rule.nth in {None, rule.matched}:
                return rule.kind
    if attempt.operation not in faults.operations:
        return None
    return faults.draw(f"operation {attempt.operation_id}", set(Fault) - WEBHOOK_FAULTS)
