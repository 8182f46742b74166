"""The numbering plan: which place a number's leading digits belong to."""

from django.db import models


class NumberType(models.TextChoices):
    GEOGRAPHIC = "geographic", "Geographic"
    NATIONAL = "national", "National"
    MOBILE = "mobile", "Mobile"
    TOLL_FREE = "toll_free", "Toll-free"


class Exchange(models.Model):
    """A prefix of the numbering plan and the place it belongs to.

    Four digits follow it; only after a toll-free code of +1, which has no `nxx`, do seven. Outside
    +1 `npa` is the national area code, and `nxx` what leads to the last four digits.
    """

    prefix = models.CharField(max_length=11, db_collation="C")
    country = models.CharField(max_length=2, db_collation="C")
    region = models.CharField(max_length=8, blank=True, db_collation="C")
    # Text, because both may begin with a zero.
    npa = models.CharField(max_length=6, blank=True, db_collation="C")
    nxx = models.CharField(max_length=8, blank=True, db_collation="C")
    city = models.CharField(max_length=80, blank=True, db_collation="C")
    rate_center = models.CharField(max_length=40, blank=True, db_collation="C")
    lata = models.CharField(max_length=5, blank=True, db_collation="C")
    number_type = models.CharField(max_length=16, choices=NumberType)

    class Meta:
        indexes = [
            models.Index(fields=["country", "region", "city"], name="exchange_by_place"),
            models.Index(fields=["npa", "nxx"], name="exchange_by_npa"),
        ]
        constraints = [models.UniqueConstraint(fields=["prefix"], name="exchange_prefix_once")]

    def __str__(self) -> str:
        return f"{self.prefix} {self.city or self.country}"
