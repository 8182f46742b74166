"""Filling the balance from a saved card: an amount is offered, agreed to, held and charged.

The payment is that of an order (billing.payments) and its sweep finishes what a crash left. The
money comes into the balance when it has been charged.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from babel.numbers import get_currency_precision
from django import forms
from django.db import transaction

from billing import payments
from billing.cards import saved_cards
from billing.models import Payment, PaymentPurpose, SavedCard, TopUp
from billing.money import money
from lifecycle.actors import Actor, done_by
from tenants import seals
from tenants.models import Tenant
from tenants.platform_settings import read_setting
from work.crashing import crash_here

SEAL = "top-up"


class CardGone(Exception):
    """The card was removed meanwhile. The message is for the customer."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the button says: an amount in minor units, and the card. Good for one top-up."""

    token: UUID
    amount: int
    currency: str
    card: UUID


class TopUpForm(forms.Form):
    """How much, and from which card; checked against what the platform takes at once."""

    amount = forms.DecimalField(
        max_digits=12,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={
            "required": "Type the amount, such as 50 or 50.00.",
            "invalid": "Type an amount in digits, such as 50 or 50.00.",
        },
    )
    card = forms.ModelChoiceField(
        queryset=SavedCard.objects.none(),
        to_field_name="reference",
        empty_label=None,
        error_messages={
            "required": "Choose the card.",
            "invalid_choice": "This card is no longer saved here. Choose another one.",
        },
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.least, self.most = bounds(currency)
        self.fields["card"].queryset = saved_cards()  # type: ignore[attr-defined]
        self.fields["amount"].label = f"Amount in {currency}"
        self.fields[
            "amount"
        ].help_text = f"From {self._money(self.least)} to {self._money(self.most)}."

    def clean_amount(self) -> int:
        """Return minor units."""
        typed: Decimal = self.cleaned_data["amount"]
        amount = typed.scaleb(get_currency_precision(self.currency))
        if amount != amount.to_integral_value():
            raise forms.ValidationError(
                f"There is nothing smaller than {self._money(1)}: type an amount such as 50.00."
            )
        if not self.least <= amount <= self.most:
            raise forms.ValidationError(
                f"At once the balance takes {self._money(self.least)} to {self._money(self.most)}."
            )
        return int(amount)

    def _money(self, amount: int) -> str:
        return money(amount, self.currency)


def bounds(currency: str) -> tuple[int, int]:
    """Return the least and the most that may be paid in at once, in minor units."""
    return (
        read_setting(f"purchase.top_up_least.{currency}"),
        read_setting(f"purchase.top_up_most.{currency}"),
    )


def offer(amount: int, *, currency: str, card: SavedCard) -> Offer:
    return Offer(uuid4(), amount, currency, card.reference)


def seal(offered: Offer, *, tenant: Tenant) -> str:
    fields = [str(offered.token), offered.amount, offered.currency, str(offered.card)]
    return seals.seal(SEAL, fields, tenant=tenant)


def unseal(sealed: str, *, tenant: Tenant, at_any_age: bool = False) -> Offer:
    """Raises signing.BadSignature if it is not ours, another tenant's, or too old."""
    token, amount, currency, card = seals.unseal(SEAL, sealed, tenant=tenant, at_any_age=at_any_age)
    return Offer(UUID(token), amount, currency, UUID(card))


def accept(sealed: str, *, tenant: Tenant, return_path: str, actor: Actor, at: datetime) -> TopUp:
    """Place what the button named; pressed again, however late, it leads to the first top-up.

    Raises signing.BadSignature if nothing was placed and the page is too old, or CardGone.
    """
    again = unseal(sealed, tenant=tenant, at_any_age=True)
    if placed := TopUp.objects.filter(token=again.token).first():
        return placed
    offered = unseal(sealed, tenant=tenant)
    return place(offered, return_path=return_path, actor=actor, at=at)


@transaction.atomic
def place(offered: Offer, *, return_path: str, actor: Actor, at: datetime) -> TopUp:
    """Write the top-up and its payment. Accepting an offer again returns the first.

    Raises CardGone.
    """
    card = saved_cards().filter(reference=offered.card).first()
    if not card:
        raise CardGone("This card is no longer saved here. Choose another one.")
    top_up, is_new = TopUp.objects.get_or_create(
        token=offered.token,
        defaults={
            "amount": offered.amount,
            "currency": offered.currency,
            "card_name": str(card),
            "return_path": return_path,
            "placed_at": at,
            **done_by(actor),
        },
    )
    if is_new:
        payments.plan(
            top_up.reference,
            amount=top_up.amount,
            currency=top_up.currency,
            card=card,
            at=at,
            purpose=PaymentPurpose.TOP_UP,
        )
    return top_up


def pay(top_up: TopUp, *, return_url: str, at: datetime) -> Payment:
    """Charge the card. Repeating it changes nothing; the payment's state tells what came of it."""
    payment = payment_of(top_up)
    payments.authorise(payment, return_url=return_url, at=at)
    crash_here("after_top_up_paid")
    return payment


def look_again(top_up: TopUp, *, at: datetime) -> Payment:
    """Read at the provider what the buyer has done on the bank's page, and charge what is held."""
    payment = payment_of(top_up)
    if not payment.is_at_rest:
        payments.refresh(payment, at=at)
        payments.settle(payment, at=at)
    return payment


def payment_of(top_up: TopUp) -> Payment:
    return Payment.objects.select_related("card").get(order=top_up.reference)
