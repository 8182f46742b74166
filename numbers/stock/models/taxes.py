"""The rates of value-added tax, by country and day."""

from uuid import uuid4

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import Q


class VatRate(models.Model):
    """A country's standard rate while it holds; no two hold on one day (migration 0005)."""

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    country = models.CharField("ISO 3166 country", max_length=2, db_collation="C")
    percent = models.DecimalField(max_digits=4, decimal_places=2)
    valid = DateRangeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lt=100), name="vat_rate_is_a_percentage"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country}: {self.percentage}"

    @property
    def percentage(self) -> str:
        """The rate as people write it: 25.5 %, and 20 % instead of 20.00 %."""
        return f"{self.percent.normalize():f} %"
