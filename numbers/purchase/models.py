"""What a tenant is about to buy, and the orders that bring numbers to it.

Prices are net, in minor units; the tax on a line is kept beside them.
"""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from lifecycle.actors import DoneBy
from lifecycle.models import Lifecycle
from stock.coverage import SERVICES, Place
from stock.models import INCLUDED_CHANNELS, MAX_CHANNELS, PERIODS, NumberType


class CartPick(DoneBy):
    """Numbers of one place that were wanted by quantity, whichever they are: a group of lines.

    It goes with its last line (migration 0009).
    """

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    # Of the page that asked for it: sent twice, it picks once.
    token = models.UUIDField()
    country = models.CharField(max_length=2, db_collation="C")
    city = models.CharField(max_length=80, blank=True, db_collation="C")
    region = models.CharField(max_length=8, blank=True, db_collation="C")
    npa = models.CharField(max_length=6, blank=True, db_collation="C")
    number_type = models.CharField(max_length=16, choices=NumberType)
    # The reference of what the numbers were sold as.
    sku = models.UUIDField()
    # What they were wanted for, a key of SERVICES; empty for anything.
    service = models.CharField(max_length=16, blank=True)
    picked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["token", "country", "city", "region", "npa", "number_type", "sku"],
                name="cart_pick_once",
            ),
            models.CheckConstraint(
                condition=Q(service__in=["", *SERVICES]), name="cart_pick_service_is_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.place)

    @property
    def place(self) -> Place:
        return Place(
            self.country,
            self.city,
            self.region,
            self.npa,
            NumberType(self.number_type),
            self.sku,
        )


class CartLine(DoneBy):
    """A number in the tenant's cart, held for it until `held_until`. Prices are read anew.

    The cart is the tenant's: members fill it, an admin pays for it.
    """

    digits = models.CharField(max_length=15, db_collation="C")
    added_at = models.DateTimeField()
    held_until = models.DateTimeField()
    # When this hold began; extending it moves held_until, and only so far from here.
    held_since = models.DateTimeField()
    # As wished; the price may ask for a longer period.
    months = models.PositiveSmallIntegerField(default=1, db_default=1)
    channels = models.PositiveSmallIntegerField(
        default=INCLUDED_CHANNELS, db_default=INCLUDED_CHANNELS
    )
    # Null for a number that was chosen itself.
    pick = models.ForeignKey(
        CartPick, null=True, blank=True, on_delete=models.CASCADE, related_name="lines"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digits"], name="cart_line_digits_once"),
            models.CheckConstraint(
                condition=Q(held_until__gt=F("held_since")), name="cart_line_hold_has_a_length"
            ),
            models.CheckConstraint(
                condition=Q(months__in=PERIODS), name="cart_line_months_are_a_period"
            ),
            models.CheckConstraint(
                condition=Q(channels__range=(INCLUDED_CHANNELS, MAX_CHANNELS)),
                name="cart_line_channels_are_possible",
            ),
        ]

    def __str__(self) -> str:
        return self.digits


class PayBy(models.TextChoices):
    WALLET = "wallet", "Balance"
    CARD = "card", "Card"


class Order(DoneBy):
    """Numbers bought at once, at the prices agreed to then. Its state is that of its lines."""

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    # Of the form that placed it: sent twice, it finds this order.
    token = models.UUIDField(unique=True)
    pay_by = models.CharField(max_length=8, choices=PayBy)
    # As it was called on the button: "Visa ending in 4242"; empty for the balance.
    card_name = models.CharField(max_length=80, blank=True)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    placed_at = models.DateTimeField()
    # Who bought, as receipts name it, and why the tax is what it is.
    billed_name = models.CharField(max_length=100, blank=True, db_default="")
    billed_country = models.CharField(max_length=2, blank=True, db_default="")
    billed_vat_number = models.CharField(max_length=16, blank=True, db_default="")
    vat_note = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        indexes = [models.Index(fields=["-placed_at", "-id"], name="order_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(pay_by__in=PayBy.values), name="order_pay_by_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"order {self.reference}"


class Agreement(DoneBy):
    """What a country asks for numbers of one type, as the buyer read and accepted it.

    Never changed: the catalogue goes on to new versions, and this stays what was agreed to.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="agreements")
    country = models.CharField(max_length=2)
    number_type = models.CharField(max_length=16, choices=NumberType)
    # Reference of the catalogue's version, by value.
    requirement = models.UUIDField()
    version = models.PositiveIntegerField()
    text = models.TextField()
    agreed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "country", "number_type"], name="agreement_once_for_each_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.number_type}, version {self.version}"


class LineState(models.TextChoices):
    PLACED = "placed", "Waiting for the payment"
    PAID = "paid", "Paid"
    ORDERING = "ordering", "Ordering from the carrier"
    UNKNOWN = "unknown", "Asking the carrier"
    PENDING = "pending", "Ordered from the carrier"
    NEEDS_DOCUMENTS = "needs_documents", "The carrier checks documents"
    DELIVERED = "delivered", "Delivered"
    REFUSED = "refused", "Refused"
    CANCELLED = "cancelled", "Cancelled"


FINAL_LINES = [LineState.DELIVERED, LineState.REFUSED, LineState.CANCELLED]


class OrderLine(Lifecycle):
    """One number of an order. Its reference names the purchase on the hold of its money, on its
    operation and at the carrier.
    """

    TRANSITIONS: ClassVar = {
        LineState.PLACED: {LineState.PAID, LineState.CANCELLED},
        # Straight to delivered if the number is ours already.
        LineState.PAID: {LineState.ORDERING, LineState.DELIVERED},
        # Back to paid if the carrier certainly did nothing.
        LineState.ORDERING: {
            LineState.PAID,
            LineState.PENDING,
            LineState.NEEDS_DOCUMENTS,
            LineState.UNKNOWN,
            LineState.DELIVERED,
            LineState.REFUSED,
        },
        LineState.UNKNOWN: {
            LineState.PAID,
            LineState.PENDING,
            LineState.NEEDS_DOCUMENTS,
            LineState.DELIVERED,
            LineState.REFUSED,
        },
        LineState.PENDING: {LineState.NEEDS_DOCUMENTS, LineState.DELIVERED, LineState.REFUSED},
        LineState.NEEDS_DOCUMENTS: {LineState.PENDING, LineState.DELIVERED, LineState.REFUSED},
        LineState.DELIVERED: set(),
        LineState.REFUSED: set(),
        LineState.CANCELLED: set(),
    }

    state = models.CharField(max_length=24, choices=LineState, default=LineState.PLACED)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    digits = models.CharField(max_length=15, db_collation="C")
    # Keys of public rows, by value: only HeldNumber points out of a tenant's schema.
    stock_number = models.BigIntegerField()
    holding = models.UUIDField(null=True, blank=True)
    # What was agreed, and with whom it was ordered; neither changes with the price list.
    place = models.CharField(max_length=120, blank=True)
    sku = models.CharField(max_length=32)
    connection = models.CharField(max_length=60)
    months = models.PositiveSmallIntegerField(default=1, db_default=1)
    channels = models.PositiveSmallIntegerField(
        default=INCLUDED_CHANNELS, db_default=INCLUDED_CHANNELS
    )
    # What is charged for it now: once, and for its first period with its channels.
    setup_price = models.PositiveBigIntegerField()
    recurring_price = models.PositiveBigIntegerField()
    vat_percent = models.DecimalField(max_digits=4, decimal_places=2, default=0, db_default=0)
    vat_amount = models.PositiveBigIntegerField(default=0, db_default=0)
    # What a month of the list is, what each period will be, and each channel more a month.
    monthly_price = models.PositiveBigIntegerField()
    period_price = models.PositiveBigIntegerField()
    channel_price = models.PositiveBigIntegerField(default=0, db_default=0)
    currency = models.CharField(max_length=3)
    # The tenant's number without charge: for so many periods, or None for as long as it is held.
    is_free = models.BooleanField(default=False, db_default=False)
    free_periods = models.PositiveSmallIntegerField(null=True, blank=True)
    # As the agreed requirement says: it works once its registration has been approved.
    needs_registration = models.BooleanField(default=False, db_default=False)
    inbound_minute_rate = models.DecimalField(max_digits=9, decimal_places=5)
    connect_rate = models.DecimalField(max_digits=9, decimal_places=5, default=0, db_default=0)
    first_increment_seconds = models.PositiveSmallIntegerField()
    next_increment_seconds = models.PositiveSmallIntegerField()
    # What the carrier asks, in whole units of its currency; null if nobody knows.
    setup_cost = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    monthly_cost = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    cost_currency = models.CharField(max_length=3, blank=True)
    refusal_reason = models.CharField(max_length=200, blank=True)
    # When the card was charged for the order with this line in it; refused later, it is refunded.
    charged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["state_changed_at"],
                condition=~Q(state__in=["delivered", "refused", "cancelled"]),
                name="order_line_open",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=LineState.values), name="order_line_state_is_known"
            ),
            models.UniqueConstraint(fields=["order", "digits"], name="order_line_number_once"),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(refusal_reason=""),
                name="order_line_is_refused_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["placed", "cancelled"]) | Q(holding__isnull=False),
                name="order_line_paid_has_a_holding",
            ),
            models.CheckConstraint(
                condition=Q(months__in=PERIODS), name="order_line_months_are_a_period"
            ),
            models.CheckConstraint(
                condition=Q(channels__range=(INCLUDED_CHANNELS, MAX_CHANNELS)),
                name="order_line_channels_are_possible",
            ),
            models.CheckConstraint(
                condition=Q(is_free=False, free_periods=None, recurring_price=F("period_price"))
                | Q(is_free=True, setup_price=0, recurring_price__lte=F("period_price")),
                name="order_line_costs_its_period_unless_free",
            ),
            # One was delivered or is under way; refused or cancelled, it may be given again.
            models.UniqueConstraint(
                fields=["is_free"],
                condition=Q(is_free=True) & ~Q(state__in=["refused", "cancelled"]),
                name="one_free_number_is_given",
            ),
        ]

    def __str__(self) -> str:
        return self.digits

    @property
    def net(self) -> int:
        """What is due for it now before tax: setup and the first period."""
        return self.setup_price + self.recurring_price

    @property
    def price(self) -> int:
        """What is due for it now, with its tax."""
        return self.net + self.vat_amount

    @property
    def is_final(self) -> bool:
        return self.state in FINAL_LINES
