"""Many workers at the same thing, each with a connection of its own, committing."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
import stripe
from django.conf import settings as django_settings
from django.db import connection, transaction
from django_tenants.utils import tenant_context

from billing import cards, crediting, hearing, invariants, ledger, payments, settling, wallet
from billing.models import LedgerTransaction, Payment, PaymentState, Pocket, SavedCard
from billing.wallet import Share
from lifecycle.actors import SYSTEM
from tests.billing.factories import add_card, authorised_payment, plan_payment
from tests.conftest import NOON, SiteClient, find_tenant
from work.models import WebhookEvent

WORKERS = 8


@pytest.fixture
def acme(process_database, django_db_blocker):
    with django_db_blocker.unblock():
        tenant = find_tenant("acme")
        with tenant_context(tenant):
            yield tenant


@pytest.fixture
def provider(payments_process, settings):
    """The stand-in without the clean start: what is committed here names what is there."""
    settings.STRIPE_API_BASE = payments_process.url
    return payments_process


def at_once(tenant, act):
    """Let all workers do it and return what each brought back, errors too."""

    def work(number):
        try:
            with tenant_context(tenant):
                return act(number)
        except wallet.BalanceTooLow as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(work, range(WORKERS)))


def violations():
    return invariants.violations(at=NOON + timedelta(days=1))


def test_a_balance_is_held_for_as_many_as_it_covers(acme):
    crediting.credit(500, "USD", reason="", actor=SYSTEM, reference=uuid4(), at=NOON)

    hold = transaction.atomic(wallet.hold)
    outcomes = at_once(acme, lambda _: hold([Share(uuid4(), 100)], "USD", at=NOON, actor=SYSTEM))

    assert outcomes.count(None) == 5
    assert (ledger.wallet_balance("USD"), ledger.balance(Pocket.HELD, "USD")) == (0, 500)
    assert violations() == []


def test_one_credit_is_one_credit(acme):
    before, reference = ledger.wallet_balance("USD"), uuid4()

    at_once(
        acme,
        lambda _: crediting.credit(
            50, "USD", reason="", actor=SYSTEM, reference=reference, at=NOON
        ),
    )

    assert ledger.wallet_balance("USD") == before + 50


def test_one_payment_is_held_once(acme, provider):
    payment = plan_payment(add_card())

    at_once(
        acme,
        lambda _: payments.authorise(
            Payment.objects.get(pk=payment.pk), return_url="http://acme.example/", at=NOON
        ),
    )
    settling.settle_payments(at=NOON + payments.HEAD_START + settling.LONGEST_WAIT)

    payment.refresh_from_db()
    assert payment.state == PaymentState.AUTHORISED
    intents = provider.get("/sandbox/truth")["payment_intents"]
    assert len([i for i in intents if i["metadata"].get("order") == str(payment.order)]) == 1
    # Held since NOON, it would be a violation to whoever looks a day later.
    payments.void(payment, at=NOON)


def test_one_payment_is_captured_once(acme, provider):
    payment = authorised_payment(add_card())
    at_once(
        acme,
        lambda _: payments.capture(Payment.objects.get(pk=payment.pk), amount=700, at=NOON),
    )
    settling.settle_payments(at=NOON + payments.HEAD_START + settling.LONGEST_WAIT)

    payment.refresh_from_db()
    assert (payment.state, payment.captured) == (PaymentState.CAPTURED, 700)
    assert LedgerTransaction.objects.filter(cause_reference=payment.order).count() == 1
    assert violations() == []


def test_one_event_is_kept_once(acme):
    body = json.dumps(
        {"id": "evt_1", "type": "payment_intent.succeeded", "livemode": False, "data": {}}
    )
    signature = stripe.WebhookSignature.generate_signature_header(
        body, "whsec_sandbox", int(time.time())
    )

    answers = at_once(
        acme,
        lambda _: SiteClient(django_settings.PLATFORM_HOST).post(
            "/webhooks/stripe/",
            body,
            content_type="application/json",
            headers={"stripe-signature": signature},
        ),
    )

    assert [answer.status_code for answer in answers] == [200] * WORKERS
    assert WebhookEvent.objects.filter(event_id="evt_1").count() == 1


def test_one_event_is_heard_by_one(acme):
    WebhookEvent.objects.all().delete()
    WebhookEvent.objects.create(
        provider="stripe", event_id="evt_2", kind="refund.updated", received_at=NOON, due_at=NOON
    )

    claimed = at_once(acme, lambda _: hearing.claim_next(at=NOON))

    assert len([event for event in claimed if event]) == 1


def test_one_card_is_the_default(acme, provider):
    saved = [add_card() for _ in range(WORKERS)]

    at_once(acme, lambda number: cards.make_default(saved[number]))

    assert SavedCard.objects.filter(is_default=True).count() == 1
