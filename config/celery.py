"""The Celery app. `include` is the inventory of background work, and beat wakes each sweep."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# How often beat wakes the sweeps.
SWEEP_SECONDS = float(os.environ.get("SWEEP_SECONDS", "5"))

app = Celery(
    "numberyard",
    include=[
        "billing.fetching",
        "billing.hearing",
        "billing.settling",
        "carriers.health",
        "notices.relaying",
        "purchase.charging",
        "purchase.settling",
        "stock.census",
        "stock.counting",
        "stock.fitting",
        "stock.reserving",
        "stock.stocking",
        "stock.syncing",
    ],
)
app.config_from_object("django.conf:settings", namespace="CELERY")


@worker_init.connect
def refuse_unsafe_start(**_: Any) -> None:
    """Check what web checks, too. Imported late: the settings are not read yet above."""
    from config import starting

    starting.refuse_unsafe_start()


def wake(task: str, *, every_seconds: float = SWEEP_SECONDS) -> dict[str, object]:
    """Return beat's entry for a sweep. A wake-up that waited for its successor is dropped."""
    return {"task": task, "schedule": every_seconds, "options": {"expires": every_seconds}}


app.conf.beat_schedule = {
    "charge-orders": wake("purchase.charging.charge_orders_task"),
    "check-accounts": wake("carriers.health.check_accounts_task", every_seconds=60),
    "fetch-missed-events": wake("billing.fetching.fetch_missed_events_task", every_seconds=3600),
    "fit-numbers": wake("stock.fitting.fit_numbers_task"),
    "hear-events": wake("billing.hearing.hear_events_task"),
    "recount-stale": wake("stock.counting.recount_stale_task"),
    "relay-mails": wake("notices.relaying.relay_mails_task"),
    "release-lapsed-holds": wake("stock.reserving.release_lapsed_holds_task"),
    "settle-lines": wake("purchase.settling.settle_lines_task"),
    "settle-payments": wake("billing.settling.settle_payments_task"),
    "settle-stock-lines": wake("stock.stocking.settle_stock_lines_task"),
    "sync-due-connections": wake("stock.syncing.sync_due_connections_task"),
    "take-census": wake("stock.census.take_task", every_seconds=3600),
}
