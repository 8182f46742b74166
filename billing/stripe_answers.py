"""What Stripe answers, frozen at the edge; amounts are in minor units."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import stripe


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent as Stripe last told it."""

    intent_id: str
    status: str
    amount: int
    amount_received: int
    currency: str
    customer_id: str
    metadata: Mapping[str, str]
    authentication_url: str
    decline_code: str


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    refund_id: str
    intent_id: str
    status: str
    amount: int
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CardPage:
    """A Checkout Session in setup mode; `payment_method_id` is empty until a card is saved."""

    session_id: str
    url: str
    customer_id: str
    metadata: Mapping[str, str]
    payment_method_id: str


@dataclass(frozen=True, slots=True)
class ProviderCard:
    payment_method_id: str
    customer_id: str
    brand: str
    last4: str
    expiry_month: int
    expiry_year: int


def read_intent(intent: stripe.PaymentIntent) -> Intent:
    failure = intent.last_payment_error
    # Stripe leaves out what does not apply, and the SDK then has no such attribute.
    decline_code = getattr(failure, "decline_code", None) or getattr(failure, "code", None)
    redirect = getattr(intent.next_action, "redirect_to_url", None)
    return Intent(
        intent_id=intent.id,
        status=intent.status,
        amount=intent.amount,
        amount_received=intent.amount_received,
        currency=intent.currency.upper(),
        customer_id=_id(intent.customer),
        metadata=_words(intent.metadata),
        authentication_url=redirect.url if redirect else "",
        decline_code=decline_code or "",
    )


def read_refund(refund: stripe.Refund) -> ProviderRefund:
    return ProviderRefund(
        refund_id=refund.id,
        intent_id=_id(refund.payment_intent),
        status=refund.status or "",
        amount=refund.amount,
        metadata=_words(refund.metadata),
    )


def read_card_page(session: stripe.checkout.Session) -> CardPage:
    setup = session.setup_intent
    # Expanded only when it is retrieved: a new session has no card yet.
    saved = setup if isinstance(setup, stripe.SetupIntent) else None
    return CardPage(
        session_id=session.id,
        url=session.url or "",
        customer_id=_id(session.customer),
        metadata=_words(session.metadata),
        payment_method_id=_id(saved.payment_method)
        if saved and saved.status == "succeeded"
        else "",
    )


def read_card(method: stripe.PaymentMethod) -> ProviderCard:
    if method.card is None:
        raise ValueError(f"{method.id} is not a card")
    return ProviderCard(
        payment_method_id=method.id,
        customer_id=_id(method.customer),
        brand=method.card.brand,
        last4=method.card.last4,
        expiry_month=method.card.exp_month,
        expiry_year=method.card.exp_year,
    )


def _id(link: Any) -> str:
    """Return the id of what a field points to, expanded or not."""
    if link is None:
        return ""
    return link if isinstance(link, str) else str(link.id)


def _words(metadata: Any) -> Mapping[str, str]:
    return {} if metadata is None else dict(metadata.to_dict())
