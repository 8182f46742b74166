from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from notices.models import OutboxMail
from tests.notices.test_relay_mails import make_mail
from work.models import DueWork, SecurityEvent


@pytest.fixture
def now():
    return timezone.now()


def test_says_that_nothing_is_stuck(support):
    assert "Nothing is stuck" in support.get("/work/").text


def test_shows_work_nobody_does(support, now):
    long_ago = now - timedelta(hours=1)
    DueWork.objects.create(
        kind="settle line",
        tenant=uuid4(),
        subject=uuid4(),
        due_at=long_ago,
        planned_at=long_ago,
        last_error="carrier away",
    )

    assert "carrier away" in support.get("/work/").text


def test_shows_work_that_is_taken_up_again_and_again(support, now):
    later = now + timedelta(minutes=1)
    DueWork.objects.create(
        kind="settle line",
        tenant=uuid4(),
        subject=uuid4(),
        due_at=later,
        planned_at=now,
        lease_until=later,
        attempts=7,
    )

    assert "Settle line" in support.get("/work/").text


def test_operator_lets_a_given_up_mail_be_sent_again(operator):
    mail = make_mail(state="failed", attempts=15)

    operator.post(f"/work/mails/{mail.reference}/send-again/")

    assert OutboxMail.objects.get().state == "waiting"


def test_support_sees_mail_and_sends_nothing(support):
    mail = make_mail(state="failed", attempts=15)

    assert "Given up" in support.get("/work/", {"mail": "failed"}).text
    assert support.post(f"/work/mails/{mail.reference}/send-again/").status_code == 403


def test_shows_security_events(support, now):
    SecurityEvent.objects.create(kind="forged webhook", detail="bad signature", at=now)

    assert "Forged webhook" in support.get("/work/").text


def test_a_page_of_many_troubles_costs_the_same(support, now, django_assert_max_num_queries):
    long_ago = now - timedelta(hours=1)
    for number in range(30):
        DueWork.objects.create(
            kind="settle line",
            tenant=uuid4(),
            subject=uuid4(),
            due_at=long_ago,
            planned_at=long_ago,
            last_error=f"carrier away {number}",
        )
        make_mail(key=f"mail-{number}", message_id=f"<{number}@x>", state="failed")

    with django_assert_max_num_queries(22):
        page = support.get("/work/").text

    assert "carrier away 0" in page
