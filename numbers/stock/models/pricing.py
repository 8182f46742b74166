"""What numbers are sold as, for how much, and what they cost us.

A price or cost holds from one moment until another; of one thing no two hold at once (migration
0005). Each takes effect for what is bought from then on: what was agreed stays with its holding.
"""

from uuid import uuid4

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import Q

from carriers.models import Connection
from lifecycle.actors import DoneBy
from stock.models.plan import NumberType
from tenants.models import TenantGroup

# What the buyer may pay at once, in months.
PERIODS = (1, 3, 6, 12)
# What comes with each number without extra charge: calls at once.
INCLUDED_CHANNELS = 2
MAX_CHANNELS = 100


class Sku(models.Model):
    """What numbers of one kind are sold as: a country and type, in one city or region or in any.

    A number belongs to the most exact one that fits it. One that was removed fits none any more,
    and keeps its place and code: whoever adds it again finds its past prices.
    """

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    code = models.CharField(max_length=32, db_collation="C")
    name = models.CharField(max_length=100)
    country = models.CharField(max_length=2, db_collation="C")
    number_type = models.CharField(max_length=16, choices=NumberType)
    region = models.CharField(max_length=8, blank=True, db_collation="C")
    city = models.CharField(max_length=80, blank=True, db_collation="C")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="sku_code_once"),
            models.UniqueConstraint(
                fields=["country", "number_type", "region", "city"], name="sku_place_once"
            ),
            # Whatever a carrier offers belongs to one of these.
            models.CheckConstraint(
                condition=Q(removed_at=None) | ~Q(region="", city=""),
                name="sku_of_a_country_stays",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_of_a_place(self) -> bool:
        return bool(self.region or self.city)


class SkuChange(DoneBy):
    """A SKU that came or went, and how far the numbers have followed it."""

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="changes")
    is_removal = models.BooleanField(default=False)
    at = models.DateTimeField()
    # The key of the last number that was looked at.
    looked_until = models.BigIntegerField(default=0)
    numbers_moved = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sku"], condition=Q(ended_at=None), name="one_open_change_per_sku"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {'removed' if self.is_removal else 'added'}"


class PriceList(models.Model):
    """Selling prices in one currency, for one group of tenants or, without one, for all others.

    What a group's list does not price is sold to the group at the prices for all.
    """

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=60)
    currency = models.CharField(max_length=3)
    group = models.ForeignKey(
        TenantGroup, null=True, blank=True, on_delete=models.PROTECT, related_name="price_lists"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["currency", "group"], name="price_list_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Price(DoneBy):
    """What a SKU costs a tenant before tax, in minor units; rates in whole units."""

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    price_list = models.ForeignKey(PriceList, on_delete=models.PROTECT, related_name="prices")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="prices")
    valid = DateTimeRangeField()
    set_at = models.DateTimeField()
    setup_price = models.PositiveBigIntegerField()
    monthly_price = models.PositiveBigIntegerField()
    # Of several months at once; null is as many times the monthly price.
    quarter_price = models.PositiveBigIntegerField(null=True, blank=True)
    half_year_price = models.PositiveBigIntegerField(null=True, blank=True)
    year_price = models.PositiveBigIntegerField(null=True, blank=True)
    # The shortest period that can be bought.
    minimum_months = models.PositiveSmallIntegerField(default=1)
    # Of each channel a month, beyond those that are included.
    channel_price = models.PositiveBigIntegerField(default=0)
    inbound_minute_rate = models.DecimalField(max_digits=9, decimal_places=5)
    # Of each call, however short.
    connect_rate = models.DecimalField(max_digits=9, decimal_places=5, default=0)
    # Seconds of the first and of each further step: "60/1" bills the first minute whole.
    first_increment_seconds = models.PositiveSmallIntegerField(default=60)
    next_increment_seconds = models.PositiveSmallIntegerField(default=1)
    # Why it may be less than what the numbers cost us; empty means that it may not.
    below_cost_because = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(minimum_months__in=PERIODS), name="price_minimum_is_a_period"
            ),
            models.CheckConstraint(
                condition=Q(inbound_minute_rate__gte=0, connect_rate__gte=0),
                name="price_rates_are_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(first_increment_seconds__gte=1, next_increment_seconds__gte=1),
                name="price_increments_have_a_length",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku}: {self.monthly_price}"

    @property
    def periods(self) -> list[int]:
        """The months that can be bought at once, shortest first."""
        return [months for months in PERIODS if months >= self.minimum_months]

    def period_price(self, months: int) -> int:
        """What the number itself costs for so many months at once, one of PERIODS."""
        special = {3: self.quarter_price, 6: self.half_year_price, 12: self.year_price}
        chosen = special.get(months)
        return self.monthly_price * months if chosen is None else chosen

    def recurring_price(self, *, months: int, channels: int = INCLUDED_CHANNELS) -> int:
        """What is due each period: the number, and the channels beyond those included."""
        extra = max(channels - INCLUDED_CHANNELS, 0)
        return self.period_price(months) + extra * self.channel_price * months


class Cost(DoneBy):
    """What a carrier asks us for a SKU, in whole units, where it names no cost of the number."""

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="costs")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="costs")
    valid = DateTimeRangeField()
    set_at = models.DateTimeField()
    setup_cost = models.DecimalField(max_digits=9, decimal_places=4)
    monthly_cost = models.DecimalField(max_digits=9, decimal_places=4)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(setup_cost__gte=0, monthly_cost__gte=0), name="cost_is_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} at {self.connection}: {self.monthly_cost} {self.currency}"


class ExchangeRate(models.Model):
    """What a US dollar is in another currency: to compare costs with prices, and to charge none."""

    currency = models.CharField(max_length=3)
    per_dollar = models.DecimalField(max_digits=14, decimal_places=6)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency"], name="exchange_rate_once"),
            models.CheckConstraint(
                condition=Q(per_dollar__gt=0), name="exchange_rate_is_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.per_dollar} {self.currency}"
