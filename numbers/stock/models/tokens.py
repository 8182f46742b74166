"""How common each three digits are at each place: what pattern searches are planned with."""

from django.db import models


class TokenCount(models.Model):
    """How many numbers that can be bought have one token of the index; counted now and then."""

    # The place of the first digit, from 1, times a thousand, and the three digits.
    token = models.IntegerField(primary_key=True)
    available = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.token}: {self.available}"
