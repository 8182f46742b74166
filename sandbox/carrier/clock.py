"""What happens without being asked: deliveries, late effects, lapsing holds, webhooks."""

import threading
import time
from collections.abc import Callable

from sandbox.carrier import webhooks
from sandbox.carrier.delivering import deliver_order
from sandbox.carrier.holds import end_holds
from sandbox.carrier.operations import Carrier, apply_late_effects
from sandbox.carrier.owned import end_releases

TICK_SECONDS = 0.02
SLOW_TICK_SECONDS = 0.5


def start_clock(carrier: Carrier) -> None:
    """Run each kind of work in a thread of its own, so that a slow webhook delays no delivery."""
    every(TICK_SECONDS, lambda: apply_due(carrier))
    every(TICK_SECONDS, lambda: webhooks.deliver_due(carrier.data, carrier.seed))
    every(SLOW_TICK_SECONDS, lambda: end_terms(carrier))


def every(seconds: float, work: Callable[[], None]) -> None:
    def run() -> None:
        while True:
            work()
            time.sleep(seconds)

    threading.Thread(target=run, daemon=True).start()


def apply_due(carrier: Carrier) -> None:
    apply_late_effects(carrier)
    deliver_due(carrier, time.time())


def deliver_due(carrier: Carrier, until: float) -> int:
    """Deliver the orders due by then, each in its own transaction. Give how many there were."""
    due = (
        carrier.data.read()
        .execute("SELECT id FROM orders WHERE due_at <= ? ORDER BY due_at", [until])
        .fetchall()
    )
    for order in due:
        with carrier.data.write() as connection:
            is_due = connection.execute(
                "SELECT 1 FROM orders WHERE id = ? AND due_at IS NOT NULL", [order["id"]]
            ).fetchone()
            if is_due:
                deliver_order(connection, order["id"])
    return len(due)


def end_terms(carrier: Carrier) -> None:
    with carrier.data.write() as connection:
        end_holds(connection)
        end_releases(connection)
