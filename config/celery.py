"""The Celery app. `include` is the inventory of background work, and beat wakes each sweep."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

SWEEP_SECONDS = 5

app = Celery(
    "numberyard",
    include=[
        "notices.relaying",
    ],
)
app.config_from_object("django.conf:settings", namespace="CELERY")


def wake(task: str, *, every_seconds: float = SWEEP_SECONDS) -> dict[str, object]:
    """Return beat's entry for a sweep. A wake-up that waited for its successor is dropped."""
    return {"task": task, "schedule": every_seconds, "options": {"expires": every_seconds}}


app.conf.beat_schedule = {
    "relay-mails": wake("notices.relaying.relay_mails_task"),
}
