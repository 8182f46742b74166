"""Card payments, and every call to the provider that could move money."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from billing.models.cards import SavedCard
from lifecycle.models import Lifecycle


class StripeCall(models.Model):
    """A call written down and committed before it is made, and repeated only as it stands here."""

    key = models.CharField("idempotency key", max_length=80, unique=True, db_collation="C")
    params = models.JSONField()
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    # The object it made or changed, or the code of the refusal.
    answer = models.CharField(max_length=100, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["sent_at"], condition=Q(answered_at=None), name="stripe_call_open"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class PaymentState(models.TextChoices):
    PLANNED = "planned", "Planned"
    AUTHORISING = "authorising", "Asking the bank"
    UNKNOWN = "unknown", "No answer from the bank yet"
    NEEDS_AUTHENTICATION = "needs_authentication", "Waiting for your bank's confirmation"
    AUTHORISED = "authorised", "Held on the card"
    DECLINED = "declined", "Declined"
    CAPTURING = "capturing", "Charging the card"
    CAPTURED = "captured", "Charged"
    VOIDING = "voiding", "Releasing the hold"
    VOIDED = "voided", "Not charged"


class PaymentPurpose(models.TextChoices):
    ORDER = "order", "An order"
    TOP_UP = "top_up", "The balance"


class Payment(Lifecycle):
    """The card's part of one order or top-up: one PaymentIntent, held first and captured once.

    A worker that died while calling leaves it in authorising, capturing or voiding; the sweep
    repeats the stored call.
    """

    TRANSITIONS: ClassVar = {
        PaymentState.PLANNED: {PaymentState.AUTHORISING, PaymentState.VOIDED},
        PaymentState.AUTHORISING: {
            PaymentState.UNKNOWN,
            PaymentState.NEEDS_AUTHENTICATION,
            PaymentState.AUTHORISED,
            PaymentState.DECLINED,
            PaymentState.VOIDED,
        },
        PaymentState.UNKNOWN: {
            PaymentState.NEEDS_AUTHENTICATION,
            PaymentState.AUTHORISED,
            PaymentState.DECLINED,
            PaymentState.VOIDED,
        },
        PaymentState.NEEDS_AUTHENTICATION: {
            PaymentState.AUTHORISED,
            PaymentState.DECLINED,
            PaymentState.VOIDING,
            PaymentState.VOIDED,
        },
        PaymentState.AUTHORISED: {
            PaymentState.CAPTURING,
            PaymentState.VOIDING,
            PaymentState.VOIDED,
        },
        PaymentState.CAPTURING: {PaymentState.CAPTURED, PaymentState.VOIDED},
        PaymentState.VOIDING: {PaymentState.VOIDED},
        PaymentState.DECLINED: set(),
        PaymentState.CAPTURED: set(),
        PaymentState.VOIDED: set(),
    }

    state = models.CharField(max_length=24, choices=PaymentState, default=PaymentState.PLANNED)
    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    purpose = models.CharField(
        max_length=8,
        choices=PaymentPurpose,
        default=PaymentPurpose.ORDER,
        db_default=PaymentPurpose.ORDER,
    )
    # Reference of the order, or of the top-up.
    order = models.UUIDField(unique=True)
    card = models.ForeignKey(SavedCard, on_delete=models.PROTECT, related_name="payments")
    customer_id = models.CharField(max_length=64)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    # What is to be captured, from the moment the provider is asked to.
    captured = models.PositiveBigIntegerField(default=0)
    # Given back of that, to the card or, where the card refuses it, to the balance.
    refunded = models.PositiveBigIntegerField(default=0)
    planned_at = models.DateTimeField()
    intent_id = models.CharField(max_length=64, blank=True)
    # Where the card's owner confirms the payment.
    authentication_url = models.CharField(max_length=500, blank=True)
    # The provider's code, and what the buyer is told.
    decline_code = models.CharField(max_length=64, blank=True)
    refusal = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["state_changed_at"],
                condition=~Q(state__in=["declined", "captured", "voided"]),
                name="payment_open",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=PaymentState.values), name="payment_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=PaymentPurpose.values), name="payment_purpose_is_known"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_is_of_something"),
            models.CheckConstraint(
                condition=Q(captured__lte=F("amount")), name="payment_captures_what_was_held"
            ),
            models.CheckConstraint(
                condition=Q(refunded__lte=F("captured")), name="payment_refunds_what_it_captured"
            ),
            models.CheckConstraint(
                condition=Q(refunded=0) | Q(state="captured"),
                name="payment_is_captured_before_refunds",
            ),
            models.UniqueConstraint(
                fields=["intent_id"], condition=~Q(intent_id=""), name="payment_intent_once"
            ),
        ]

    def __str__(self) -> str:
        return f"payment {self.reference}"

    @property
    def is_at_rest(self) -> bool:
        """Tell whether nothing happens to it until somebody here asks for it.

        What is held for the balance is charged at once; an order waits for its deliveries.
        """
        is_to_be_charged = (
            self.purpose == PaymentPurpose.TOP_UP and self.state == PaymentState.AUTHORISED
        )
        return self.state in AT_REST and not is_to_be_charged


AT_REST = [
    PaymentState.AUTHORISED,
    PaymentState.DECLINED,
    PaymentState.CAPTURED,
    PaymentState.VOIDED,
]


class RefundState(models.TextChoices):
    PLANNED = "planned", "Planned"
    SENDING = "sending", "On its way"
    SUCCEEDED = "succeeded", "Refunded to the card"
    FAILED = "failed", "Credited to the balance"


class Refund(Lifecycle):
    """What one line of an order gets back of a captured payment.

    A refund that the card refuses, now or days later, goes to the tenant's balance.
    """

    TRANSITIONS: ClassVar = {
        RefundState.PLANNED: {RefundState.SENDING},
        RefundState.SENDING: {RefundState.SUCCEEDED, RefundState.FAILED},
        RefundState.SUCCEEDED: {RefundState.FAILED},
        RefundState.FAILED: set(),
    }

    state = models.CharField(max_length=24, choices=RefundState, default=RefundState.PLANNED)
    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    line = models.UUIDField(unique=True)
    amount = models.PositiveBigIntegerField()
    planned_at = models.DateTimeField()
    refund_id = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=RefundState.values), name="refund_state_is_known"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_is_of_something"),
            models.UniqueConstraint(
                fields=["refund_id"], condition=~Q(refund_id=""), name="refund_id_once"
            ),
        ]

    def __str__(self) -> str:
        return f"refund {self.reference}"

    @property
    def is_settled(self) -> bool:
        return self.state in (RefundState.SUCCEEDED, RefundState.FAILED)
