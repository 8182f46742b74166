from datetime import UTC, datetime
from uuid import uuid4

import pytest

from billing import fetching, hearing, payments, settling, stripe_client, webhooks
from billing.models import Payment, PaymentState
from tests.billing.factories import authorised_payment, break_calls, crashing, plan_payment, sdk
from tests.conftest import NOON
from work.models import WebhookEvent

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def now():
    return datetime.now(UTC)


def test_what_never_reached_us_is_heard_after_all(sandbox_payments, now):
    payment = plan_payment()
    with crashing(payments, "after_authorise"):
        payments.authorise(payment, return_url="http://acme.example/", at=NOON)

    fetching.fetch_missed_events(at=now)
    hearing.hear_events(at=now)

    assert Payment.objects.get().state == PaymentState.AUTHORISED


def test_what_has_been_here_is_not_kept_twice(sandbox_payments, now):
    authorised_payment()
    fetching.fetch_missed_events(at=now)
    before = WebhookEvent.objects.count()

    fetching.fetch_missed_events(at=now)

    assert WebhookEvent.objects.count() == before == 1


def test_lists_are_read_to_their_end(sandbox_payments, now, monkeypatch):
    monkeypatch.setattr(stripe_client, "LOOKED_THROUGH", 2)
    payment = authorised_payment()
    payments.capture(payment, amount=2500, at=NOON)
    payments.refund(payment, line=uuid4(), amount=100, at=NOON)
    payments.refund(payment, line=uuid4(), amount=100, at=NOON)
    settling.settle_payments(at=NOON)

    fetching.fetch_missed_events(at=now)

    told = sdk().events.list({"types": webhooks.LISTED, "limit": 100}).data
    assert WebhookEvent.objects.count() == len(told) == 4


def test_a_silent_provider_is_asked_again_next_time(sandbox_payments, now):
    break_calls(sandbox_payments, "500_before", match="GET")

    fetching.fetch_missed_events(at=now)

    assert not WebhookEvent.objects.exists()
