from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from billing import crediting, invariants, ledger, payments, receivables, settling, wallet
from billing.models import BillingPeriod, Cause, Payment, PaymentState, Pocket, Refund
from billing.wallet import Share
from tests.billing.factories import add_card, authorised_payment, captured_payment
from tests.conftest import NOON
from work.models import DueWork

pytestmark = pytest.mark.usefixtures("tenant")


def violations():
    return invariants.violations(at=NOON + timedelta(days=1))


@pytest.fixture
def business(sandbox_payments, actor):
    """A balance with a line spent, one given back, one held; a payment with a refund; a void."""
    crediting.credit(5000, "USD", reason="Gift", actor=actor, reference=uuid4(), at=NOON)
    taken, given_back, held = uuid4(), uuid4(), uuid4()
    wallet.hold([Share(taken, 300)], "USD", at=NOON, actor=actor)
    wallet.hold([Share(given_back, 200)], "USD", at=NOON, actor=actor)
    wallet.hold([Share(held, 100)], "USD", at=NOON, actor=actor)
    wallet.take(taken, vat=50, at=NOON)
    wallet.give_back(given_back, at=NOON)
    card = add_card(is_default=True)
    paid = captured_payment(amount=2500, card=card)
    receivables.deliver(uuid4(), 1500, "USD", vat=250, at=NOON)
    payments.refund(paid, line=uuid4(), amount=1000, at=NOON)
    payments.void(authorised_payment(card), at=NOON)
    settling.settle_payments(at=NOON)


def test_honest_business_violates_nothing(business):
    assert violations() == []


def test_a_tenant_without_business_violates_nothing(tenant):
    assert violations() == []


def found(words):
    (violation,) = violations()
    assert words in violation
    return True


def test_i12_a_captured_payment_that_was_not_posted(business):
    Payment.objects.filter(state=PaymentState.CAPTURED).update(captured=2499)

    assert found("2499 recorded, 2500 posted")


def test_i12_a_hold_that_ended_without_having_begun(business, actor):
    entries = [(Pocket.HELD, -1), (Pocket.REVENUE, 1)]
    ledger.post(Cause.TAKEN, uuid4(), entries, currency="USD", at=NOON, actor=actor)

    assert found("without a hold")


def test_i15_a_period_that_left_its_anchor(business):
    BillingPeriod.objects.create(
        holding_id=1,
        holding_reference=uuid4(),
        period=DateRange(date(2026, 1, 31), date(2026, 3, 1)),
        anchor=date(2026, 1, 31),
        months=1,
        price=100,
        currency="USD",
        cause=uuid4(),
        created_at=NOON,
    )

    assert found("does not end on the day")


def test_i18_refunds_that_were_miscounted(business):
    Payment.objects.filter(state=PaymentState.CAPTURED).update(refunded=999)

    assert found("1000 in refunds, 999 counted")


def test_i19_a_payment_that_names_no_intent(business):
    Payment.objects.filter(state=PaymentState.CAPTURED).update(intent_id="")

    assert found("no counterpart at the provider")


def test_i19_a_refund_that_names_no_counterpart(business):
    Refund.objects.update(refund_id="")

    assert found("no counterpart at the provider")


def test_i20_a_payment_that_everybody_forgot(business):
    payment = authorised_payment()
    old = NOON - timedelta(days=400)
    Payment.objects.filter(pk=payment.pk).update(state_changed_at=old)

    assert found("is still authorised")


def test_i20_what_the_sweep_is_at_is_not_forgotten(business, sandbox_payments):
    payment = authorised_payment()
    sandbox_payments.post("/sandbox/faults", rate=1, kinds=["500_before"])
    payments.capture(payment, amount=100, at=NOON)
    Payment.objects.filter(pk=payment.pk).update(state_changed_at=NOON - timedelta(days=400))
    assert violations() == []
    DueWork.objects.all().delete()

    assert found("is still capturing")


def test_i22_a_delivery_that_nobody_paid(business):
    receivables.deliver(uuid4(), 1, "USD", vat=0, at=NOON)

    assert found("stands at -1")
