"""The tenant at the payment provider, and the cards it has saved there."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from lifecycle.actors import DoneBy


class BillingProfile(models.Model):
    """What the provider knows the tenant as. One row, made when the first card is added."""

    is_the_only_one = models.BooleanField(default=True, unique=True, editable=False)
    customer_id = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_the_only_one=True), name="billing_profile_is_the_only_one"
            ),
        ]

    def __str__(self) -> str:
        return self.customer_id


class SavedCard(models.Model):
    """A card the provider keeps for the tenant. Payments point to it, so it is never deleted."""

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    payment_method_id = models.CharField(max_length=64, unique=True)
    brand = models.CharField(max_length=32)
    last4 = models.CharField(max_length=4)
    expiry_month = models.PositiveSmallIntegerField()
    expiry_year = models.PositiveSmallIntegerField()
    is_default = models.BooleanField(default=False)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="one_default_card"
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(removed_at=None), name="default_card_is_usable"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand.title()} ending in {self.last4}"

    @property
    def expires(self) -> str:
        return f"{self.expiry_month:02}/{self.expiry_year % 100:02}"


class CardAddition(DoneBy):
    """Somebody's visit to the provider's page, and where in our pages it goes on."""

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    # Empty until the provider has answered.
    session_id = models.CharField(max_length=200, blank=True)
    return_path = models.CharField(max_length=300)
    begun_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    card = models.ForeignKey(SavedCard, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session_id"], condition=~Q(session_id=""), name="card_addition_session"
            ),
            models.CheckConstraint(
                condition=Q(card=None, finished_at=None)
                | Q(card__isnull=False, finished_at__isnull=False),
                name="card_addition_ends_with_a_card",
            ),
        ]

    def __str__(self) -> str:
        return f"card addition {self.reference}"
