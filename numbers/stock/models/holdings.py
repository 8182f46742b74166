"""Who holds which number."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q

from lifecycle.models import Lifecycle
from stock.models.numbers import StockNumber
from stock.models.pricing import INCLUDED_CHANNELS
from tenants.models import Tenant


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
    # What the tenant pays before tax, in minor units; prices on the list may move on.
    monthly_price = models.PositiveBigIntegerField()
    # Due each period for the number and its channels.
    period_price = models.PositiveBigIntegerField()
    # Calls at once, and what each beyond those included costs a month.
    channels = models.PositiveSmallIntegerField(default=INCLUDED_CHANNELS)
    channel_price = models.PositiveBigIntegerField(default=0)
    # The tenant's one number without charge, for so many more periods; None is for as long as
    # it is held.
    is_free = models.BooleanField(default=False)
    free_periods_left = models.PositiveSmallIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    inbound_minute_rate = models.DecimalField(max_digits=9, decimal_places=5)
    connect_rate = models.DecimalField(max_digits=9, decimal_places=5, default=0)
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
            models.CheckConstraint(
                condition=Q(is_free=True) | Q(free_periods_left=None),
                name="holding_counts_free_periods_if_free",
            ),
            # Of several free numbers all but one would be a gift.
            models.UniqueConstraint(
                fields=["tenant"],
                condition=Q(is_free=True) & ~Q(state="closed"),
                name="one_free_number_per_tenant",
            ),
        ]

    def __str__(self) -> str:
        return self.digits
