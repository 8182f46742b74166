"""The numbers a tenant holds, as it has set them up."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from stock.models import Holding


class HeldNumber(models.Model):
    """What a tenant has configured on a number it holds, for as long as the Holding is open."""

    # The only foreign key from a tenant's schema to the public one. Holdings are closed, never
    # deleted: a delete would look for this table outside the tenant's schema.
    holding = models.OneToOneField(Holding, on_delete=models.PROTECT, related_name="held_number")
    digits = models.CharField(max_length=15, db_collation="C")
    description = models.CharField(max_length=200, blank=True)
    labels = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    # Reference of the order that brought it; the app above this one knows its table.
    order = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digits"], name="held_number_digits_once"),
        ]

    def __str__(self) -> str:
        return self.digits
