from datetime import timedelta
from uuid import uuid4

import pytest

from tests.conftest import NOON
from work import due
from work.models import DueWork

pytestmark = pytest.mark.django_db


def plan_one(**changes):
    fields = {"tenant": uuid4(), "subject": uuid4(), "at": NOON} | changes
    due.plan("test", **fields)
    return fields["subject"]


def test_leases_what_is_due():
    subject = plan_one()

    work = due.claim_next("test", at=NOON)

    assert work
    assert (work.subject, work.lease_until, work.attempts) == (subject, NOON + due.LEASE, 1)


def test_leaves_alone_what_somebody_is_at():
    plan_one()
    due.claim_next("test", at=NOON)

    assert due.claim_next("test", at=NOON + timedelta(seconds=1)) is None


def test_takes_over_when_the_lease_has_ended():
    subject = plan_one()
    due.claim_next("test", at=NOON)

    work = due.claim_next("test", at=NOON + due.LEASE)

    assert work
    assert (work.subject, work.attempts) == (subject, 2)


def test_work_that_killed_its_worker_goes_behind_what_is_due():
    deadly = plan_one()
    due.claim_next("test", at=NOON)
    other = plan_one(at=NOON + timedelta(seconds=1))

    claimed = [due.claim_next("test", at=NOON + due.LEASE).subject for _ in range(2)]

    assert claimed == [other, deadly]


def test_leaves_alone_what_is_due_later():
    plan_one(at=NOON + timedelta(seconds=1))

    assert due.claim_next("test", at=NOON) is None


def test_planning_again_changes_nothing():
    subject = plan_one()

    plan_one(subject=subject, at=NOON + timedelta(days=1))

    assert DueWork.objects.get(subject=subject).due_at == NOON


def test_put_off_waits_longer_after_each_attempt():
    plan_one()
    first = due.claim_next("test", at=NOON)
    due.put_off(first, at=NOON)
    second = due.claim_next("test", at=NOON + due.WAITS[0])

    due.put_off(second, at=NOON)

    assert DueWork.objects.get().due_at == NOON + due.WAITS[1]


def test_put_off_by_a_worker_whose_lease_was_taken_over_changes_nothing():
    plan_one()
    slow = due.claim_next("test", at=NOON)
    quick = due.claim_next("test", at=NOON + due.LEASE)

    due.put_off(slow, at=NOON)

    assert DueWork.objects.get().lease_until == quick.lease_until


def test_put_off_waits_no_longer_than_asked():
    plan_one()
    work = due.claim_next("test", at=NOON)
    work.attempts = len(due.WAITS)

    due.put_off(work, at=NOON, longest=timedelta(minutes=7))

    assert DueWork.objects.get().due_at == NOON + timedelta(minutes=7)
