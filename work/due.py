"""Sharing work among workers, any of whom may die at any moment.

Every time is given by the caller, who reads the clock once; the database's for a sweep.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from lifecycle.clock import shortened
from work.models import DueWork

# Longer than anything one attempt does, all its time-outs included.
LEASE = shortened(timedelta(minutes=2))
# How long to wait after the first, second, … attempt; the last one from then on.
WAITS = [
    shortened(timedelta(seconds=5)),
    shortened(timedelta(seconds=15)),
    shortened(timedelta(minutes=1)),
    shortened(timedelta(minutes=5)),
    shortened(timedelta(hours=1)),
]


def plan(kind: str, *, tenant: UUID | None, subject: UUID, at: datetime) -> None:
    """Make `subject` due at `at`, once; planning it again changes nothing.

    `tenant` is None for what is the platform's own.
    """
    plan_each(kind, tenant=tenant, subjects=[subject], at=at)


def plan_each(kind: str, *, tenant: UUID | None, subjects: Iterable[UUID], at: datetime) -> None:
    DueWork.objects.bulk_create(
        [
            DueWork(kind=kind, tenant=tenant, subject=subject, due_at=at, planned_at=at)
            for subject in subjects
        ],
        ignore_conflicts=True,
    )


@transaction.atomic(durable=True)
def claim_next(kind: str, *, at: datetime) -> DueWork | None:
    """Lease what has been due longest, or return None if nothing is due.

    A worker that dies gives it back by doing nothing: it is due again when the lease ends, behind
    what was due by then, so that work which kills every worker keeps no other waiting.
    """
    free = Q(lease_until=None) | Q(lease_until__lte=at)
    waiting = DueWork.objects.filter(free, kind=kind, due_at__lte=at).order_by("due_at")
    work = waiting.select_for_update(skip_locked=True).first()
    if work:
        work.due_at = work.lease_until = at + LEASE
        work.attempts += 1
        work.save(update_fields=["due_at", "lease_until", "attempts"])
    return work


def put_off(
    work: DueWork,
    *,
    at: datetime,
    wait: timedelta | None = None,
    longest: timedelta = WAITS[-1],
    error: str = "",
) -> None:
    """Give the lease back: the attempt has ended without settling anything.

    Waits by the number of attempts, and at most `longest`, unless `wait` is given.
    """
    if wait is None:
        wait = min(longest, WAITS[min(work.attempts, len(WAITS)) - 1])
    leased_by_us = DueWork.objects.filter(pk=work.pk, lease_until=work.lease_until)
    leased_by_us.update(due_at=at + wait, lease_until=None, last_error=error[:500])


def hurry(kind: str, *, subject: UUID, at: datetime) -> None:
    """Make it due now, if nobody is at it: something has been heard about it."""
    idle = Q(lease_until=None) | Q(lease_until__lte=at)
    DueWork.objects.filter(idle, kind=kind, subject=subject, due_at__gt=at).update(due_at=at)


def finish(kind: str, *, subject: UUID) -> None:
    """Forget the work. Call in the transaction that does it."""
    DueWork.objects.filter(kind=kind, subject=subject).delete()
