"""What a number was paid for, from when until when."""

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import Q


class BillingPeriod(models.Model):
    """Months of one holding that are paid. No two of a holding overlap (migration 0003)."""

    # Key and reference of the public row, by value: only HeldNumber points out of the schema.
    holding_id = models.BigIntegerField()
    holding_reference = models.UUIDField()
    # Days in the tenant's zone, the last one excluded.
    period = DateRangeField()
    # The day the months are counted from; it moves only when the period's length changes.
    anchor = models.DateField()
    months = models.PositiveSmallIntegerField()
    price = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    # Of what was charged for it: the order's line, or the renewal.
    cause = models.UUIDField(unique=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(months__gt=0), name="billing_period_has_months"),
            models.CheckConstraint(
                condition=Q(period__startswith__gte=models.F("anchor")),
                name="billing_period_after_anchor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} of {self.holding_reference}"
