import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from billing import calls, hearing, ledger, payments, settling
from billing.models import Payment, PaymentState, Pocket, Refund, RefundState
from tests.billing.factories import (
    add_card,
    answer_bank,
    authorised_payment,
    break_calls,
    captured_payment,
    crashing,
    plan_payment,
    sdk,
)
from tests.conftest import NOON
from work.models import SecurityEvent, WebhookEvent, WebhookState

pytestmark = pytest.mark.usefixtures("tenant")

SOON = NOON + timedelta(minutes=2)
permuting = hypothesis_settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def told_events():
    """Return all that Stripe has told so far, oldest first, as (kind, object)."""
    listed = sdk().events.list({"limit": 100}).data
    return [(event.type, event.data.object.to_dict()["id"]) for event in reversed(listed)]


def receive(kind, object_id):
    return WebhookEvent.objects.create(
        provider="stripe",
        event_id=f"evt_{uuid4().hex}",
        kind=kind,
        body=json.dumps({"data": {"object": {"id": object_id}}}),
        received_at=NOON,
        due_at=NOON,
    )


def hear(kind, object_id):
    event = receive(kind, object_id)
    hearing.hear_events(at=NOON)
    event.refresh_from_db()
    return event


@pytest.fixture
def unheard_authorisation(sandbox_payments):
    """The money is held, and our worker died before it heard so."""
    payment = plan_payment()
    with crashing(payments, "after_authorise"):
        payments.authorise(payment, return_url="http://acme.example/", at=NOON)
    return Payment.objects.get()


def test_an_event_that_comes_before_the_answer_of_our_call_counts(unheard_authorisation):
    (_, intent_id) = told_events()[-1]

    event = hear("payment_intent.amount_capturable_updated", intent_id)

    unheard_authorisation.refresh_from_db()
    assert unheard_authorisation.state == PaymentState.AUTHORISED
    assert event.state == WebhookState.DONE


def test_the_answer_that_comes_after_the_event_changes_nothing(unheard_authorisation):
    late = Payment.objects.get()
    hear("payment_intent.amount_capturable_updated", told_events()[-1][1])

    payments.settle(late, at=NOON)

    assert late.state == PaymentState.AUTHORISED


def test_a_bank_page_that_never_came_back_is_heard_of(sandbox_payments):
    payment = authorised_payment(add_card("pm_card_authenticationRequired"))
    answer_bank(payment, "refuse")

    hear("payment_intent.payment_failed", payment.intent_id)

    payment.refresh_from_db()
    assert payment.state == PaymentState.DECLINED


def test_what_an_event_says_is_read_anew(sandbox_payments):
    payment = authorised_payment()

    hear("payment_intent.canceled", payment.intent_id)

    payment.refresh_from_db()
    assert payment.state == PaymentState.AUTHORISED


def test_a_provider_that_is_silent_is_asked_again_later(unheard_authorisation, sandbox_payments):
    break_calls(sandbox_payments, "500_before", match="GET /v1/payment_intents")
    intent_id = sandbox_payments.get("/sandbox/truth")["payment_intents"][0]["id"]
    event = hear("payment_intent.amount_capturable_updated", intent_id)
    assert (event.state, event.due_at) == (WebhookState.RECEIVED, NOON + hearing.WAITS[0])

    hearing.hear_events(at=SOON)

    unheard_authorisation.refresh_from_db()
    assert unheard_authorisation.state == PaymentState.AUTHORISED


def nobody(event):
    assert event.state == WebhookState.FAILED
    assert SecurityEvent.objects.get().kind == "stripe webhook of nobody"
    return True


def test_an_intent_that_stripe_does_not_know_has_no_effect(sandbox_payments):
    assert nobody(hear("payment_intent.succeeded", "pi_nowhere"))


def intent_with(payment, **changes):
    params = calls.get(f"{payment.order}:authorise").params
    return sdk().payment_intents.create(params | changes)


@pytest.mark.parametrize(
    "metadata", [{"tenant": "x"}, {"tenant": str(uuid4())}, {"tenant": "x", "order": "x"}]
)
def test_an_intent_of_no_tenant_has_no_effect(sandbox_payments, metadata):
    intent = intent_with(authorised_payment(), metadata=metadata)

    assert nobody(hear("payment_intent.succeeded", intent.id))


def test_an_intent_that_names_another_tenant_has_no_effect(sandbox_payments, other_tenant):
    payment = authorised_payment()
    names = {"tenant": str(other_tenant.reference), "order": str(payment.order)}
    intent = intent_with(payment, metadata=names)

    assert nobody(hear("payment_intent.succeeded", intent.id))


@pytest.mark.parametrize("changes", [{}, {"amount": 2499}, {"currency": "eur"}])
def test_an_intent_that_is_not_the_payments_own_has_no_effect(sandbox_payments, changes):
    payment = authorised_payment()
    intent = intent_with(payment, **{"amount": 2500} | changes | {"confirm": False})
    before = Payment.objects.values().get()

    assert nobody(hear("payment_intent.succeeded", intent.id))
    assert Payment.objects.values().get() == before


def test_an_intent_made_by_hand_is_none_of_our_business(sandbox_payments):
    intent = intent_with(authorised_payment(), metadata={})

    event = hear("payment_intent.succeeded", intent.id)

    assert event.state == WebhookState.DONE
    assert not SecurityEvent.objects.exists()


def in_any_order(events, check):
    """Let events come in any order, some twice and some never, with the sweep among them."""

    @permuting
    @given(st.lists(st.sampled_from([*events, "sweep"]), max_size=2 * len(events)))
    def run(arriving):
        before = transaction.savepoint()
        for event in arriving:
            if event == "sweep":
                settling.settle_payments(at=SOON)
            else:
                hear(*event)
        settling.settle_payments(at=SOON + timedelta(hours=1))
        check()
        transaction.savepoint_rollback(before)

    run()


def heard_kinds():
    return [event for event in told_events() if event[0].startswith(("payment_intent", "refund"))]


def test_a_hold_is_held_however_its_events_come(unheard_authorisation):
    def check():
        assert Payment.objects.get().state == PaymentState.AUTHORISED

    in_any_order(heard_kinds(), check)


def test_a_charge_is_charged_once_however_its_events_come(sandbox_payments):
    payment = authorised_payment()
    with crashing(payments, "after_capture"):
        payments.capture(payment, amount=1500, at=NOON)

    def check():
        assert Payment.objects.get().state == PaymentState.CAPTURED
        assert ledger.balance(Pocket.OWED, "USD") == 1500

    in_any_order(heard_kinds(), check)


def test_a_refund_is_paid_back_once_however_its_events_come(sandbox_payments):
    payment = captured_payment()
    payments.refund(payment, line=uuid4(), amount=1000, at=NOON)
    break_calls(sandbox_payments, "drop_after")
    settling.settle_payments(at=NOON)

    def check():
        assert Refund.objects.get().state == RefundState.SUCCEEDED
        assert ledger.balance(Pocket.OWED, "USD") == 1500

    in_any_order(heard_kinds(), check)
