"""Money that a card brings into the balance."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from lifecycle.actors import DoneBy


class TopUp(DoneBy):
    """An amount that somebody wants in the balance. How far it is, its Payment says."""

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    # Of the form that placed it: sent twice, it finds this top-up.
    token = models.UUIDField(unique=True)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    # As it was called on the button.
    card_name = models.CharField(max_length=80)
    # Where in our pages it goes on.
    return_path = models.CharField(max_length=300)
    placed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="top_up_is_of_something"),
        ]

    def __str__(self) -> str:
        return f"top-up {self.reference}"
