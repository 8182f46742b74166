"""Cards and payments of Acme at the stand-in, made as the product makes them where it does."""

from contextlib import contextmanager, suppress
from uuid import uuid4

import pytest
import stripe
from django.conf import settings

from billing import payments
from billing.models import BillingProfile, SavedCard
from tests.conftest import HTTP, NOON

RETURN_URL = "http://acme.numberyard.localhost/orders/7/"


def sdk():
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY, base_addresses={"api": settings.STRIPE_API_BASE}
    ).v1


def add_card(name="pm_card_visa", **changes):
    """Save one of Stripe's test cards, without its page."""
    profile = BillingProfile.objects.first()
    if not profile:
        customer = sdk().customers.create({"name": "Acme"})
        profile = BillingProfile.objects.create(customer_id=customer.id, created_at=NOON)
    method = sdk().payment_methods.attach(name, {"customer": profile.customer_id})
    fields = {
        "payment_method_id": method.id,
        "brand": method.card.brand,
        "last4": method.card.last4,
        "expiry_month": method.card.exp_month,
        "expiry_year": method.card.exp_year,
        "added_at": NOON,
    }
    return SavedCard.objects.create(**fields | changes)


def plan_payment(card=None, amount=2500):
    return payments.plan(uuid4(), amount=amount, currency="USD", card=card or add_card(), at=NOON)


def authorised_payment(card=None):
    payment = plan_payment(card)
    payments.authorise(payment, return_url=RETURN_URL, at=NOON)
    return payment


def captured_payment(amount=2500, card=None):
    payment = authorised_payment(card)
    payments.capture(payment, amount=amount, at=NOON)
    return payment


def answer_bank(payment, outcome):
    """Approve or refuse on the bank's page."""
    HTTP.post(payment.authentication_url, data={"outcome": outcome})


def intents(sandbox):
    return sandbox.get("/sandbox/truth")["payment_intents"]


def break_calls(sandbox, kind, *, match="POST", count=1):
    sandbox.post("/sandbox/faults", rate=1, kinds=[kind], count=count, match=match)


class Crashed(BaseException):
    """What a kill looks like from inside: nothing catches it."""


@contextmanager
def crashing(module, point):
    """Die at a named crash point of a module of billing."""

    def crash_here(name):
        if name == point:
            raise Crashed

    with pytest.MonkeyPatch.context() as patch, suppress(Crashed):
        patch.setattr(module, "crash_here", crash_here)
        yield
        pytest.fail(f"nothing passed {point}")
