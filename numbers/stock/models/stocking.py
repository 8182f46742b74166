"""Numbers that the platform buys from carriers for itself, before anybody wants them."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q

from carriers.models import Connection
from lifecycle.actors import DoneBy
from lifecycle.models import Lifecycle
from stock.models.numbers import StockNumber


class StockPurchase(DoneBy):
    """Numbers bought for our stock at once. Its state is that of its lines."""

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    # Of the page that placed it: sent twice, it finds this purchase.
    token = models.UUIDField(unique=True)
    placed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"stock purchase {self.reference}"


class StockLineState(models.TextChoices):
    PLACED = "placed", "Not sent yet"
    ORDERING = "ordering", "Ordering from the carrier"
    UNKNOWN = "unknown", "Asking the carrier"
    PENDING = "pending", "Ordered from the carrier"
    NEEDS_DOCUMENTS = "needs_documents", "The carrier checks documents"
    DELIVERED = "delivered", "In our stock"
    REFUSED = "refused", "Refused"


FINAL_STOCK_LINES = [StockLineState.DELIVERED, StockLineState.REFUSED]


class StockPurchaseLine(Lifecycle):
    """One number of a purchase. Its reference names it on its operation and at the carrier."""

    TRANSITIONS: ClassVar = {
        StockLineState.PLACED: {StockLineState.ORDERING},
        # Back to placed if the carrier certainly did nothing.
        StockLineState.ORDERING: {
            StockLineState.PLACED,
            StockLineState.PENDING,
            StockLineState.NEEDS_DOCUMENTS,
            StockLineState.UNKNOWN,
            StockLineState.DELIVERED,
            StockLineState.REFUSED,
        },
        StockLineState.UNKNOWN: {
            StockLineState.PLACED,
            StockLineState.PENDING,
            StockLineState.NEEDS_DOCUMENTS,
            StockLineState.DELIVERED,
            StockLineState.REFUSED,
        },
        StockLineState.PENDING: {
            StockLineState.NEEDS_DOCUMENTS,
            StockLineState.DELIVERED,
            StockLineState.REFUSED,
        },
        StockLineState.NEEDS_DOCUMENTS: {
            StockLineState.PENDING,
            StockLineState.DELIVERED,
            StockLineState.REFUSED,
        },
        StockLineState.DELIVERED: set(),
        StockLineState.REFUSED: set(),
    }

    state = models.CharField(max_length=24, choices=StockLineState, default=StockLineState.PLACED)
    purchase = models.ForeignKey(StockPurchase, on_delete=models.PROTECT, related_name="lines")
    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    number = models.ForeignKey(StockNumber, on_delete=models.PROTECT, related_name="+")
    digits = models.CharField(max_length=15, db_collation="C")
    # As they were then: the carrier's own words move on with each sync.
    place = models.CharField(max_length=120, blank=True)
    sku = models.CharField(max_length=32)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    # What the carrier asked, in whole units of its currency.
    setup_cost = models.DecimalField(max_digits=9, decimal_places=4)
    monthly_cost = models.DecimalField(max_digits=9, decimal_places=4)
    cost_currency = models.CharField(max_length=3)
    refusal_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=StockLineState.values), name="stock_line_state_is_known"
            ),
            models.UniqueConstraint(fields=["purchase", "digits"], name="stock_line_number_once"),
            models.UniqueConstraint(
                fields=["number"],
                condition=~Q(state__in=["delivered", "refused"]),
                name="one_open_stock_line_per_number",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(refusal_reason=""),
                name="stock_line_is_refused_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.digits

    @property
    def is_final(self) -> bool:
        return self.state in FINAL_STOCK_LINES
