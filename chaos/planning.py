"""What will be done to the platform in a run, and when: all of it follows from the seed."""

import random
from dataclasses import dataclass, field

WORKER_POINTS = [
    "line_claimed",
    "line_ordering",
    "before_carrier_post",
    "after_carrier_post",
    "carrier_answered",
    "line_settled",
    "before_order_charged",
    "before_capture",
    "after_capture",
    "after_order_charged",
    "before_refund",
    "after_refund",
    "before_void",
    "after_void",
]
WEB_POINTS = [
    "before_authorise",
    "after_authorise",
    "after_order_authorised",
    "after_top_up_paid",
]
VICTIMS = [
    *["worker-1", "worker-2"] * 3,
    *["a child of worker-1", "a child of worker-2"] * 2,
    *["a child of web"] * 4,
    *("web", "beat-1", "beat-2"),
]
# A run of this many orders is long enough for everything at least twice.
LONG = 100
# In percent; slow enough for a card to be charged before the carrier says no.
CARRIER_HABITS = {"percent_taken": 6, "percent_failing": 15, "delivery_ms": 2000}
CARRIER_FAULTS = {
    "rate": 0.25,
    "kinds": [
        *("timeout_before", "timeout_after", "500_before", "500_after", "429"),
        *("malformed", "empty", "late_effect", "reset"),
    ],
    "operations": ["purchase", "read"],
}
PAYMENT_FAULTS = {
    "rate": 0.12,
    "kinds": [
        *("409", "429", "500_after", "500_before", "drop_after", "drop_before", "slow"),
        *("drop_webhooks", "duplicate_webhooks", "reorder_webhooks"),
    ],
    "slow_seconds": 0.5,
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that goes wrong once so many orders have been placed."""

    after: int
    what: str

    @property
    def is_kill(self) -> bool:
        return self.what.startswith("kill ")


@dataclass(frozen=True)
class Plan:
    seed: int
    orders: int
    kills: int
    tenants: int
    buyers: int
    troubles: list[Trouble] = field(default_factory=list)
    # Where the two processes that are to crash do so, one point after the other.
    worker_points: list[str] = field(default_factory=list)
    web_points: list[str] = field(default_factory=list)
    # Whether a run without orders of some kind is a bad one.
    is_telling: bool = False
    # Whether somebody may leave a payment at the bank, which takes a minute to be given up.
    may_leave_the_bank: bool = True

    def lines(self) -> list[str]:
        """Say the plan, one line for each moment."""
        moments: dict[int, list[str]] = {}
        for trouble in self.troubles:
            moments.setdefault(trouble.after, []).append(trouble.what)
        return [
            f"{self.tenants} tenants, {self.buyers} buyers",
            f"a worker crashes at: {', '.join(self.worker_points) or '-'}",
            f"a web process crashes at: {', '.join(self.web_points) or '-'}",
            *(f"after {after} orders: {', '.join(moments[after])}" for after in sorted(moments)),
        ]


def make_plan(seed: int, *, orders: int, kills: int) -> Plan:
    die = random.Random(f"plan {seed}")
    is_long = orders >= LONG
    # Some of the kills are crashes at named points; those that do not come about are made up for.
    crashes = kills // 2
    on_web = crashes // 4
    troubles = [
        Trouble(1 + place * (orders - 1) // max(1, kills - crashes), f"kill {die.choice(VICTIMS)}")
        for place in range(kills - crashes)
    ]
    return Plan(
        seed=seed,
        orders=orders,
        kills=kills,
        tenants=3 if is_long else 2,
        buyers=12 if is_long else 6,
        troubles=sorted(
            [*troubles, *accidents(orders, die, is_long=is_long)], key=lambda each: each.after
        ),
        worker_points=shuffled(WORKER_POINTS, crashes - on_web, die),
        web_points=shuffled(WEB_POINTS, on_web, die),
        is_telling=is_long,
        may_leave_the_bank=is_long,
    )


def accidents(orders: int, die: random.Random, *, is_long: bool) -> list[Trouble]:
    """Return what goes wrong besides kills, each at its share of the run."""
    shares = [
        (0.15, "mails are refused"),
        (0.2, "orders are charged at once"),
        (0.4, "flush the broker"),
        (0.45, "restart PostgreSQL"),
        (0.5, "orders are charged when complete"),
        (0.7, "the broker is down"),
        (0.85, "mails are taken and the line goes dead"),
    ]
    if is_long:
        shares += [
            (0.25, "the carrier is down"),
            (0.35, "flush the broker"),
            (0.55, "the payment provider is down"),
            (0.65, "flush the broker"),
            (0.75, "restart PostgreSQL"),
            (0.8, "orders are charged at once"),
        ]
    return [
        Trouble(max(1, round(orders * (share + die.uniform(-0.05, 0.05)))), what)
        for share, what in shares
    ]


def shuffled(points: list[str], count: int, die: random.Random) -> list[str]:
    """Return so many of the points in a drawn order, each before any comes again."""
    drawn: list[str] = []
    while len(drawn) < count:
        drawn += die.sample(points, len(points))
    return drawn[:count]
