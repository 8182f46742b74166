"""How many numbers of which place can be bought: rollups of StockNumber."""

from django.db import models


class ExchangeCount(models.Model):
    """How many numbers of one exchange can be bought; rolled up from StockNumber."""

    # All but the last four digits of its numbers, or an area code that has no exchanges.
    prefix = models.CharField(max_length=11, db_collation="C")
    country = models.CharField(max_length=2, db_collation="C")
    region = models.CharField(max_length=8, blank=True, db_collation="C")
    npa = models.CharField(max_length=6, blank=True, db_collation="C")
    nxx = models.CharField(max_length=8, blank=True, db_collation="C")
    city = models.CharField(max_length=80, blank=True, db_collation="C")
    rate_center = models.CharField(max_length=40, blank=True, db_collation="C")
    number_type = models.CharField(max_length=16, db_collation="C")
    available = models.PositiveIntegerField()
    # Those of them that take SMS.
    with_sms = models.PositiveIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["country", "region", "npa"], name="exchange_count_by_region"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "prefix",
                    "country",
                    "region",
                    "npa",
                    "nxx",
                    "city",
                    "rate_center",
                    "number_type",
                ],
                name="exchange_count_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}: {self.available}"


class PlaceLevel(models.TextChoices):
    REGION = "region", "Region"
    AREA_CODE = "area_code", "Area code"
    RATE_CENTER = "rate_center", "Rate center"
    CITY = "city", "City"


class PlaceCount(models.Model):
    """How many numbers of one place can be bought: what a page shows beside one choice."""

    country = models.CharField(max_length=2, db_collation="C")
    number_type = models.CharField(max_length=16, db_collation="C")
    level = models.CharField(max_length=16, choices=PlaceLevel, db_collation="C")
    region = models.CharField(max_length=8, blank=True, db_collation="C")
    # What the place is called: the region once more, an area code, a rate center or a city.
    name = models.CharField(max_length=80, blank=True, db_collation="C")
    available = models.PositiveIntegerField()
    with_sms = models.PositiveIntegerField()

    class Meta:
        constraints = [
            # In the order in which a page reads the choices of a country or a region.
            models.UniqueConstraint(
                fields=["country", "number_type", "level", "region", "name"],
                name="place_count_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.region} {self.name}: {self.available}"


class StaleCount(models.Model):
    """An exchange whose counts are out of date; written by triggers, emptied by a sweep.

    Rows are only added while numbers are sold, so that no sale waits for another.
    """

    prefix = models.CharField(max_length=11, db_collation="C")

    def __str__(self) -> str:
        return self.prefix
