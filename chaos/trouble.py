"""Doing what the plan says: killing, crashing, flushing, refusing. What has died starts again."""

import random
import time
from collections.abc import Callable
from functools import partial

import psycopg
import redis

from chaos.house import House
from chaos.planning import CARRIER_FAULTS, PAYMENT_FAULTS, Plan
from chaos.telling import say

OUTAGE_SECONDS = 3
SPOILT_MAILS = 5
KILLED = -9
# How long a process may take until it comes by its crash point.
PATIENCE_SECONDS = 15
# Between two kills that make up for crash points that were not reached.
PAUSE_SECONDS = 0.5
# How gunicorn says that somebody killed one of its workers.
CHILD_WAS_KILLED = "was sent SIGKILL"


class Breaker:
    """Whoever breaks things, on purpose and as planned."""

    def __init__(self, house: House, plan: Plan) -> None:
        self.house = house
        self.plan = plan
        self.die = random.Random(f"breaker {plan.seed}")
        self.kills = 0
        self.left = list(plan.troubles)
        self.points = {
            "worker-crashing": list(plan.worker_points),
            "web-crashing": list(plan.web_points),
        }
        self.armed_at = dict.fromkeys(self.points, 0.0)
        self.children_killed = dict.fromkeys(self.points, 0)
        self.acts: dict[str, Callable[[], None]] = {
            "flush the broker": self.flush_broker,
            "the broker is down": self.stop_broker,
            "restart PostgreSQL": self.restart_postgres,
            "the carrier is down": partial(self.stop_sandbox, "carrier"),
            "the payment provider is down": partial(self.stop_sandbox, "payments"),
            "mails are refused": partial(self.spoil_mails, "refuse"),
            "mails are taken and the line goes dead": partial(
                self.spoil_mails, "accept_then_hang_up"
            ),
            "orders are charged at once": partial(self.charge_after, 0),
            "orders are charged when complete": partial(self.charge_after, 60),
        }

    def begin(self) -> None:
        """Turn the stand-ins' faults on, and arm the processes that are to crash."""
        self.spoil_sandbox("carrier")
        self.spoil_sandbox("payments")
        for name in self.points:
            self.house.product[name].stop()
            self.arm(name)

    def look(self, placed: int) -> None:
        """Do what is due by now, and start again what has died."""
        while self.left and self.left[0].after <= placed:
            self.do(self.left.pop(0).what)
        self.revive()

    def do(self, what: str) -> None:
        say(what)
        if what.startswith("kill "):
            self.kill(what.removeprefix("kill "))
        else:
            self.acts[what]()

    def kill(self, victim: str) -> None:
        name = victim.removeprefix("a child of ")
        part = self.house.product[name]
        if name != victim:
            self.kills += part.kill_child(self.die.random())
        elif part.is_running:
            part.kill()
            self.kills += 1

    def make_up_for_missing(self) -> None:
        """Kill until there were as many kills as planned."""
        while self.kills < self.plan.kills:
            self.do(f"kill {self.die.choice(['worker-1', 'worker-2', 'a child of web'])}")
            time.sleep(PAUSE_SECONDS)
            self.revive()

    def end(self) -> None:
        """Stop all faults, charge what is left at once, and leave everything running."""
        self.points = {name: [] for name in self.points}
        for sandbox in ("carrier", "payments"):
            self.house.tell(sandbox, "/sandbox/faults", rate=0)
        self.house.tell("mailbox", "/sandbox/faults", mode="none")
        self.charge_after(0)
        for name in self.points:
            self.house.product[name].kill()
        self.revive()

    def revive(self) -> None:
        for name, part in self.house.product.items():
            if name in self.points:
                self.rearm(name)
            elif not part.is_running:
                # Its children may have outlived it.
                part.kill()
                part.start()

    def arm(self, name: str) -> None:
        """Start a process that dies at the next point of its list; at none when it is through."""
        point = self.points[name][0] if self.points[name] else ""
        self.house.product[name].start(NUMBERYARD_CRASH_AT=point)
        self.armed_at[name] = time.monotonic()

    def rearm(self, name: str) -> None:
        part = self.house.product[name]
        has_crashed = part.status == KILLED or self.has_lost_child(name)
        is_stuck = time.monotonic() > self.armed_at[name] + PATIENCE_SECONDS
        if part.is_running and not has_crashed and not (is_stuck and self.points[name]):
            return
        if has_crashed and self.points[name]:
            self.kills += 1
            say(f"{name} crashed at: {self.points[name].pop(0)}")
        elif part.is_running:
            self.kills += 1
            # It has not come by this point; perhaps it does after the others.
            self.points[name].append(self.points[name].pop(0))
            say(f"kill {name}, which did not come by: {self.points[name][-1]}")
        part.kill()
        self.arm(name)

    def has_lost_child(self, name: str) -> bool:
        """Tell whether the log says, since we last looked, that a child was killed."""
        log = self.house.product[name].log.read_text(errors="replace")
        before, self.children_killed[name] = (
            self.children_killed[name],
            log.count(CHILD_WAS_KILLED),
        )
        return self.children_killed[name] > before

    def spoil_sandbox(self, name: str) -> None:
        faults = {"carrier": CARRIER_FAULTS, "payments": PAYMENT_FAULTS}[name]
        self.house.tell(name, "/sandbox/faults", seed=self.plan.seed, **faults)

    def stop_sandbox(self, name: str) -> None:
        """Let a stand-in be away for a while; what it has done it remembers."""
        part = self.house.sandboxes[name]
        part.kill()
        time.sleep(OUTAGE_SECONDS)
        self.house.start_sandbox(name)
        self.spoil_sandbox(name)

    def flush_broker(self) -> None:
        with redis.Redis(port=self.house.ports["valkey"]) as broker:
            broker.flushall()

    def stop_broker(self) -> None:
        self.house.stop_valkey()
        time.sleep(OUTAGE_SECONDS)
        self.house.start_valkey()

    def restart_postgres(self) -> None:
        self.house.crash_postgres()
        self.house.start_postgres()

    def spoil_mails(self, mode: str) -> None:
        self.house.tell("mailbox", "/sandbox/faults", mode=mode, count=SPOILT_MAILS)

    def charge_after(self, minutes: int) -> None:
        """Let open orders be charged so many minutes after they were placed."""
        with psycopg.connect(self.house.database_url(), autocommit=True) as server:
            server.execute(
                "insert into tenants_platformsetting (key, value)"
                " values ('purchase.charge_after_minutes', %(minutes)s::text::jsonb)"
                " on conflict (key) do update set value = excluded.value",
                {"minutes": minutes},
            )
