"""Every number the platform knows, where it is in its life, and how it came there."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q

from carriers.models import Connection
from lifecycle.actors import DoneBy
from lifecycle.models import Lifecycle
from stock.models.plan import NumberType
from stock.models.pricing import Sku
from tenants.models import Tenant


class StockState(models.TextChoices):
    AVAILABLE = "available", "Available"
    RESERVED = "reserved", "Reserved"
    LOCKED = "locked", "Locked"
    ASSIGNED = "assigned", "Assigned"
    DELETED = "deleted", "Deleted"


class ReservedBecause(models.TextChoices):
    CART = "cart", "In a cart"
    ORDER = "order", "On order"
    STOCKING = "stocking", "Being bought for our stock"
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


class Tokens(Func):
    """What the numbers are indexed by: each three neighbouring digits and where they stand."""

    function = "public.stock_tokens"
    output_field = ArrayField(models.IntegerField())


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
    has_emergency = models.BooleanField(default=False, db_default=False)
    has_a2p = models.BooleanField(default=False, db_default=False)
    has_cnam = models.BooleanField(default=False, db_default=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False, related_name="+")
    connection = models.ForeignKey(
        Connection, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    # What the carrier asks, in whole units of its currency; null where it names no cost of this
    # very number, and that of the SKU counts (Cost).
    setup_cost = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    monthly_cost = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    cost_currency = models.CharField(max_length=3, blank=True)
    # Null while a carrier only offers it.
    ours_since = models.DateTimeField(null=True, blank=True)
    # Since when this connection has offered it without a break.
    offered_at = models.DateTimeField(null=True, blank=True)
    carrier_number_id = models.CharField(max_length=64, blank=True)
    # How easily people keep it in mind, from 0 to 100: written by a trigger, for the digits alone.
    memorability = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)

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
                fields=["country", "number_type", "memorability", "digits"],
                condition=Q(state="available"),
                name="stock_av_memorable",
            ),
            GinIndex(Tokens(F("digits")), condition=Q(state="available"), name="stock_av_tokens"),
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
                    | Q(state="reserved", reason__in=["organisation", "charged", "stocking"])
                    | Q(~Q(state="reserved"), reserved_for__isnull=True)
                ),
                name="stock_number_is_reserved_for_somebody",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="reserved", reserved_until__isnull=False)
                    | Q(state="reserved", reason__in=["order", "stocking", "port"])
                    | Q(state="locked")
                    | Q(~Q(state__in=["reserved", "locked"]), reserved_until__isnull=True)
                ),
                name="stock_number_reservation_ends",
            ),
            models.CheckConstraint(
                condition=Q(setup_cost=None, monthly_cost=None, cost_currency="")
                | Q(setup_cost__isnull=False, monthly_cost__isnull=False) & ~Q(cost_currency=""),
                name="stock_number_cost_is_whole",
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
