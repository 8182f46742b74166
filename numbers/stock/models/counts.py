"""How many numbers of which place can be bought: rollups of StockNumber."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from carriers.models import Connection
from stock.models.pricing import Sku


class Tier(models.Model):
    """Numbers that are sold or withheld alike: of one SKU and carrier, at one cost.

    The counting sweep adds those it meets, and forgets those without a number.
    """

    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, db_index=False, related_name="+")
    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    is_ours = models.BooleanField()
    # As the numbers have it: null and without a currency where the carrier names no cost.
    setup_cost = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    monthly_cost = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    cost_currency = models.CharField(max_length=3, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "sku",
                    "connection",
                    "is_ours",
                    "setup_cost",
                    "monthly_cost",
                    "cost_currency",
                ],
                name="tier_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} at {self.connection}: {self.monthly_cost} {self.cost_currency}"


class ExchangeCount(models.Model):
    """How many numbers of one exchange and tier can be bought; rolled up from StockNumber."""

    # All but the last four digits of its numbers, or an area code that has no exchanges.
    prefix = models.CharField(max_length=11, db_collation="C")
    country = models.CharField(max_length=2, db_collation="C")
    region = models.CharField(max_length=8, blank=True, db_collation="C")
    npa = models.CharField(max_length=6, blank=True, db_collation="C")
    nxx = models.CharField(max_length=8, blank=True, db_collation="C")
    city = models.CharField(max_length=80, blank=True, db_collation="C")
    rate_center = models.CharField(max_length=40, blank=True, db_collation="C")
    number_type = models.CharField(max_length=16, db_collation="C")
    tier = models.ForeignKey(Tier, on_delete=models.CASCADE, db_index=False, related_name="+")
    available = models.PositiveIntegerField()
    # Those of them that take SMS, and so on.
    with_sms = models.PositiveIntegerField()
    with_voice = models.PositiveIntegerField()
    with_fax = models.PositiveIntegerField()
    with_emergency = models.PositiveIntegerField()

    class Meta:
        indexes = [
            models.Index(
                fields=["country", "region", "npa", "city"], name="exchange_count_by_place"
            ),
            models.Index(
                fields=["country", "region", "rate_center"], name="exchange_count_by_center"
            ),
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
                    "tier",
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


class Coverage(models.Model):
    """How many numbers of one area code, city, type and tier can be bought.

    Its tiers that have one SKU make up a row of the coverage page, and share its `key`.
    """

    country = models.CharField(max_length=2, db_collation="C")
    # City, region, area code, type and the SKU's reference, in the order in which pages go.
    key = models.CharField(max_length=200, db_collation="C")
    city = models.CharField(max_length=80, blank=True, db_collation="C")
    region = models.CharField(max_length=8, blank=True, db_collation="C")
    npa = models.CharField(max_length=6, blank=True, db_collation="C")
    number_type = models.CharField(max_length=16, db_collation="C")
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, db_index=False, related_name="coverage")
    tier = models.ForeignKey(
        Tier, on_delete=models.CASCADE, db_index=False, related_name="coverage"
    )
    # Of the exchanges that its numbers are in.
    prefixes = ArrayField(models.CharField(max_length=11))
    available = models.PositiveIntegerField()
    with_sms = models.PositiveIntegerField()
    with_voice = models.PositiveIntegerField()
    with_fax = models.PositiveIntegerField()
    with_emergency = models.PositiveIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["country", "region", "city", "npa"], name="coverage_by_place"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["country", "key", "tier"], name="coverage_once"),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.npa} {self.city}: {self.available}"


class StaleCount(models.Model):
    """An exchange whose counts are out of date; written by triggers, emptied by a sweep.

    Rows are only added while numbers are sold, so that no sale waits for another.
    """

    prefix = models.CharField(max_length=11, db_collation="C")

    def __str__(self) -> str:
        return self.prefix
