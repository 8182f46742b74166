"""Every number the platform knows, what it costs, and who holds it."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q

from carriers.models import Connection
from lifecycle.actors import DoneBy
from lifecycle.models import Lifecycle
from tenants.models import Tenant


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


class Sku(models.Model):
    """What numbers of one kind are sold as: a country and type, in one region or in any."""

    code = models.CharField(max_length=32, db_collation="C")
    name = models.CharField(max_length=100)
    country = models.CharField(max_length=2, db_collation="C")
    number_type = models.CharField(max_length=16, choices=NumberType)
    region = models.CharField(max_length=8, blank=True, db_collation="C")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="sku_code_once"),
            models.UniqueConstraint(
                fields=["country", "number_type", "region"], name="sku_place_once"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class PriceList(models.Model):
    """Selling prices in one currency. The one that is default serves every tenant with it."""

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=60)
    currency = models.CharField(max_length=3)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["currency"], condition=Q(is_default=True), name="one_default_price_list"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """What a SKU costs a tenant before tax, in minor units; the minute in whole units."""

    price_list = models.ForeignKey(PriceList, on_delete=models.PROTECT, related_name="prices")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="prices")
    setup_price = models.PositiveBigIntegerField()
    monthly_price = models.PositiveBigIntegerField()
    inbound_minute_rate = models.DecimalField(max_digits=9, decimal_places=5)
    # Seconds of the first and of each further step: "60/1" bills the first minute whole.
    first_increment_seconds = models.PositiveSmallIntegerField(default=60)
    next_increment_seconds = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["price_list", "sku"], name="one_price_per_sku"),
        ]

    def __str__(self) -> str:
        return f"{self.sku}: {self.monthly_price}"


class StockState(models.TextChoices):
    AVAILABLE = "available", "Available"
    RESERVED = "reserved", "Reserved"
    LOCKED = "locked", "Locked"
    ASSIGNED = "assigned", "Assigned"
    DELETED = "deleted", "Deleted"


class ReservedBecause(models.TextChoices):
    CART = "cart", "In a cart"
    ORDER = "order", "On order"
    PORT = "port", "Porting in"
    ORGANISATION = "organisation", "For an organisation"
    CHARGED = "charged", "Charged reservation"
    EXPIRED = "expired", "Expired"
    TERMINATED = "terminated", "Terminated"
    SWAPPED = "swapped", "Swapped out"


class DeletedBecause(models.TextChoices):
    PORTED_OUT = "ported_out", "Ported out"
    RETURNED = "returned", "Returned to the carrier"
    FAULTY = "faulty", "Faulty"
    GONE = "gone", "No longer offered by the carrier"


class StockNumberQuerySet(models.QuerySet["StockNumber"]):
    def available(self) -> "StockNumberQuerySet":
        return self.filter(state=StockState.AVAILABLE)


class StockNumber(Lifecycle):
    """One phone number, unique by its digits, wherever it is in its life.

    A carrier merely offers it while `ours_since` is null. Each move leaves a StockMove, written by
    a trigger, except into and out of a cart.
    """

    TRANSITIONS: ClassVar = {
        StockState.AVAILABLE: {
            StockState.RESERVED,
            StockState.LOCKED,
            StockState.ASSIGNED,
            StockState.DELETED,
        },
        StockState.RESERVED: {StockState.AVAILABLE, StockState.ASSIGNED},
        StockState.LOCKED: {StockState.AVAILABLE, StockState.DELETED},
        StockState.ASSIGNED: {StockState.RESERVED},
        StockState.DELETED: {StockState.AVAILABLE},
    }

    digits = models.CharField(max_length=15, db_collation="C")
    state = models.CharField(
        max_length=24, choices=StockState, default=StockState.AVAILABLE, db_collation="C"
    )
    # Why it is reserved or deleted; empty in the other states.
    reason = models.CharField(max_length=16, blank=True, db_collation="C")
    reserved_for = models.ForeignKey(
        Tenant, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    # When a reservation or a lock ends by itself.
    reserved_until = models.DateTimeField(null=True, blank=True)
    country = models.CharField(max_length=2, db_collation="C")
    region = models.CharField(max_length=8, blank=True, db_collation="C")
    npa = models.CharField(max_length=6, blank=True, db_collation="C")
    nxx = models.CharField(max_length=8, blank=True, db_collation="C")
    city = models.CharField(max_length=80, blank=True, db_collation="C")
    rate_center = models.CharField(max_length=40, blank=True, db_collation="C")
    number_type = models.CharField(max_length=16, choices=NumberType, db_collation="C")
    has_voice = models.BooleanField(default=True)
    has_sms = models.BooleanField(default=False)
    has_fax = models.BooleanField(default=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False, related_name="+")
    connection = models.ForeignKey(
        Connection, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    # What the carrier asks, in whole units of its currency.
    setup_cost = models.DecimalField(max_digits=9, decimal_places=4)
    monthly_cost = models.DecimalField(max_digits=9, decimal_places=4)
    cost_currency = models.CharField(max_length=3)
    # Null while a carrier only offers it.
    ours_since = models.DateTimeField(null=True, blank=True)
    # Since when this connection has offered it without a break.
    offered_at = models.DateTimeField(null=True, blank=True)
    carrier_number_id = models.CharField(max_length=64, blank=True)

    objects = StockNumberQuerySet.as_manager()

    class Meta:
        indexes = [
            # What can be bought, in the order pages show it: each ends in the digits.
            models.Index(fields=["digits"], condition=Q(state="available"), name="stock_av_digits"),
            models.Index(
                fields=["country", "region", "city", "digits"],
                condition=Q(state="available"),
                name="stock_av_place",
            ),
            # A whole region: without it a page of Alaska reads all that begins with 1201 to 1906.
            models.Index(
                fields=["country", "region", "digits"],
                condition=Q(state="available"),
                name="stock_av_region",
            ),
            models.Index(
                fields=["region", "rate_center", "digits"],
                condition=Q(state="available"),
                name="stock_av_rate_center",
            ),
            models.Index(
                fields=["region", "nxx", "digits"],
                condition=Q(state="available"),
                name="stock_av_nxx",
            ),
            models.Index(
                fields=["country", "number_type", "digits"],
                condition=Q(state="available"),
                name="stock_av_type",
            ),
            models.Index(
                fields=["reserved_until", "id"],
                condition=Q(reserved_until__isnull=False),
                name="stock_until",
            ),
            models.Index(
                fields=["reserved_for", "id"],
                condition=Q(reserved_for__isnull=False),
                name="stock_reserved_for",
            ),
            models.Index(
                fields=["state", "digits"],
                condition=~Q(state="available"),
                name="stock_taken_by_state",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["digits"], name="stock_number_digits_once"),
            models.CheckConstraint(
                condition=Q(digits__regex="^[1-9][0-9]{6,14}$"), name="stock_number_is_e164"
            ),
            models.CheckConstraint(
                condition=Q(state__in=StockState.values), name="stock_number_state_is_known"
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="reserved", reason__in=ReservedBecause.values)
                    | Q(state="deleted", reason__in=DeletedBecause.values)
                    | Q(state__in=["available", "locked", "assigned"], reason="")
                ),
                name="stock_number_reason_fits_state",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="reserved", reserved_for__isnull=False)
                    | Q(state="reserved", reason__in=["organisation", "charged"])
                    | Q(~Q(state="reserved"), reserved_for__isnull=True)
                ),
                name="stock_number_is_reserved_for_somebody",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="reserved", reserved_until__isnull=False)
                    | Q(state="reserved", reason__in=["order", "port"])
                    | Q(state="locked")
                    | Q(~Q(state__in=["reserved", "locked"]), reserved_until__isnull=True)
                ),
                name="stock_number_reservation_ends",
            ),
            models.CheckConstraint(
                condition=~Q(state="assigned") | Q(ours_since__isnull=False),
                name="stock_number_assigned_is_ours",
            ),
        ]

    def __str__(self) -> str:
        return self.digits

    @property
    def is_ours(self) -> bool:
        return self.ours_since is not None

    @property
    def reason_label(self) -> str:
        """The reason in words for staff; empty where the state needs none."""
        return dict([*ReservedBecause.choices, *DeletedBecause.choices]).get(self.reason, "")


class StockMove(DoneBy):
    """A move of a number's state, as the trigger on StockNumber wrote it. Never changed."""

    digits = models.CharField(max_length=15, db_collation="C")
    from_state = models.CharField(max_length=24)
    from_reason = models.CharField(max_length=16, blank=True)
    to_state = models.CharField(max_length=24)
    to_reason = models.CharField(max_length=16, blank=True)
    remark = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["digits", "id"], name="stock_move_by_number")]

    def __str__(self) -> str:
        return f"{self.digits}: {self.from_state} -> {self.to_state}"


class HoldingState(models.TextChoices):
    PENDING = "pending", "Being delivered"
    PORTING = "porting", "Porting in"
    AWAITING_REGISTRATION = "awaiting_registration", "Awaiting registration"
    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"
    CANCELLING = "cancelling", "Cancelled for later"
    DELAYED_REMOVAL = "delayed_removal", "Delayed service removal"
    AGING = "aging", "Terminated"
    CLOSED = "closed", "Closed"


class Holding(Lifecycle):
    """Who holds a number, since when, and what is due for it when.

    At most one per number is open, which is what makes it impossible that two tenants hold it.
    """

    TRANSITIONS: ClassVar = {
        HoldingState.PENDING: {
            HoldingState.ACTIVE,
            HoldingState.AWAITING_REGISTRATION,
            HoldingState.CLOSED,
        },
        HoldingState.PORTING: {HoldingState.ACTIVE, HoldingState.CLOSED},
        HoldingState.AWAITING_REGISTRATION: {HoldingState.ACTIVE, HoldingState.CLOSED},
        HoldingState.ACTIVE: {
            HoldingState.SUSPENDED,
            HoldingState.CANCELLING,
            HoldingState.DELAYED_REMOVAL,
            HoldingState.AGING,
            HoldingState.CLOSED,
        },
        HoldingState.SUSPENDED: {HoldingState.ACTIVE, HoldingState.AGING, HoldingState.CLOSED},
        HoldingState.CANCELLING: {HoldingState.ACTIVE, HoldingState.AGING},
        HoldingState.DELAYED_REMOVAL: {HoldingState.ACTIVE, HoldingState.AGING},
        HoldingState.AGING: {HoldingState.ACTIVE, HoldingState.CLOSED},
        HoldingState.CLOSED: set(),
    }

    state = models.CharField(max_length=24, choices=HoldingState, db_collation="C")
    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    number = models.ForeignKey(StockNumber, on_delete=models.PROTECT, related_name="holdings")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="holdings")
    digits = models.CharField(max_length=15, db_collation="C")
    began_at = models.DateTimeField()
    paid_until = models.DateTimeField(null=True, blank=True)
    period_months = models.PositiveSmallIntegerField(default=1)
    # None renews without end.
    cycles_left = models.PositiveSmallIntegerField(null=True, blank=True)
    # What the tenant pays in minor units; prices on the list may move on.
    monthly_price = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    inbound_minute_rate = models.DecimalField(max_digits=9, decimal_places=5)
    first_increment_seconds = models.PositiveSmallIntegerField(default=60)
    next_increment_seconds = models.PositiveSmallIntegerField(default=1)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "digits"], name="holding_of_tenant"),
            models.Index(
                fields=["paid_until", "id"], condition=~Q(state="closed"), name="holding_paid_until"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=HoldingState.values), name="holding_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["number"], condition=~Q(state="closed"), name="one_open_holding_per_number"
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False)
                | Q(~Q(state="closed"), closed_at__isnull=True),
                name="holding_is_closed_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "porting", "closed"])
                | Q(paid_until__isnull=False),
                name="holding_is_paid_until_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.digits


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
