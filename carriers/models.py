"""The carriers we are connected to, what we have asked of them, and what became of it."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from lifecycle.models import Lifecycle
from tenants.models import Tenant


class Connection(models.Model):
    """An account of ours at a carrier, spoken to through one driver."""

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=60)
    driver = models.CharField(max_length=32)
    # Sealed with carriers/sealing.py; empty means that the settings have the key.
    sealed_key = models.TextField(blank=True)
    is_buying_allowed = models.BooleanField(default=True)
    # Longer than the carrier takes to list an order it has received; carriers.md 1.4.
    quarantine_seconds = models.PositiveIntegerField(default=600)
    checked_at = models.DateTimeField(null=True, blank=True)
    is_healthy = models.BooleanField(null=True)
    health = models.CharField(max_length=200, blank=True)
    # Whole prices as the carrier writes them; a rate and no charge of ours.
    carrier_balance = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    carrier_currency = models.CharField(max_length=3, blank=True)
    sync_asked_at = models.DateTimeField(null=True, blank=True)
    sync_began_at = models.DateTimeField(null=True, blank=True)
    # Set while a sync runs; one that died gives it back by doing nothing.
    sync_lease_until = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField(null=True, blank=True)
    synced_count = models.PositiveIntegerField(default=0)
    sync_error = models.CharField(max_length=300, blank=True)
    # When staff said of a feed that lacks most of what we have that it is right.
    shrinking_taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # Files of costs name carriers in any case.
            models.UniqueConstraint(Lower("name"), name="connection_name_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_syncing(self) -> bool:
        """A sync runs, or was asked for since the last one began, however that has ended."""
        began_at, asked_at = self.sync_began_at, self.sync_asked_at
        is_asked = asked_at is not None and (began_at is None or asked_at > began_at)
        return is_asked or self.sync_lease_until is not None


class OperationKind(models.TextChoices):
    PURCHASE = "purchase", "Purchase"
    RELEASE = "release", "Release"


class OperationState(models.TextChoices):
    PLANNED = "planned", "Not sent"
    SENT = "sent", "Sent, no answer yet"
    UNKNOWN = "unknown", "Outcome unknown"
    ACCEPTED = "accepted", "Taken by the carrier"
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"


class Verdict(models.TextChoices):
    DELIVERED = "delivered", "Delivered"
    REFUSED = "refused", "Refused"
    # Refused, and the carrier has no such number to sell.
    GONE = "gone", "No longer offered"


OPEN_OPERATIONS = [
    OperationState.PLANNED,
    OperationState.SENT,
    OperationState.UNKNOWN,
    OperationState.ACCEPTED,
]


class Operation(Lifecycle):
    """One thing asked of a carrier, written down and committed before it is asked.

    A worker that died after sending leaves it in `sent`, which is then treated as `unknown`.
    """

    TRANSITIONS: ClassVar = {
        OperationState.PLANNED: {OperationState.SENT, OperationState.REFUSED},
        # Back to planned only if the carrier certainly did nothing.
        OperationState.SENT: {
            OperationState.PLANNED,
            OperationState.UNKNOWN,
            OperationState.ACCEPTED,
            OperationState.DONE,
            OperationState.REFUSED,
        },
        OperationState.UNKNOWN: {
            OperationState.PLANNED,
            OperationState.ACCEPTED,
            OperationState.DONE,
            OperationState.REFUSED,
        },
        OperationState.ACCEPTED: {OperationState.DONE, OperationState.REFUSED},
        OperationState.DONE: set(),
        OperationState.REFUSED: set(),
    }

    state = models.CharField(max_length=24, choices=OperationState, default=OperationState.PLANNED)
    # Travels with the request, and is how we find again what an interrupted one has left.
    reference = models.UUIDField(unique=True)
    kind = models.CharField(max_length=16, choices=OperationKind)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT)
    # Null when the platform buys for its own stock.
    tenant = models.ForeignKey(Tenant, null=True, blank=True, on_delete=models.PROTECT)
    digits = models.CharField(max_length=15, db_collation="C")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    sendings = models.PositiveIntegerField(default=0)
    # How many of the sendings nobody heard the end of.
    silences = models.PositiveIntegerField(default=0)
    # What the carrier's last clear word comes to. The state follows with the order line's.
    verdict = models.CharField(max_length=16, choices=Verdict, blank=True)
    # When the carrier first called an order it had taken a failure, which is doubted for a while.
    failure_seen_at = models.DateTimeField(null=True, blank=True)
    # In the carrier's own words, for staff.
    carrier_order_id = models.CharField(max_length=64, blank=True)
    carrier_number_id = models.CharField(max_length=64, blank=True)
    carrier_status = models.CharField(max_length=64, blank=True)
    carrier_reason = models.CharField(max_length=200, blank=True)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["state_changed_at"],
                condition=Q(state__in=["planned", "sent", "unknown", "accepted"]),
                name="operation_open",
            ),
            models.Index(fields=["digits"], name="operation_by_number"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=OperationState.values), name="operation_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(verdict="") | Q(verdict__in=Verdict.values),
                name="operation_verdict_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "refused"]) | Q(sent_at__isnull=False),
                name="operation_was_sent_before_its_outcome",
            ),
            models.UniqueConstraint(
                fields=["connection", "digits"],
                condition=Q(kind="purchase", state__in=["planned", "sent", "unknown", "accepted"]),
                name="one_open_purchase_per_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.digits}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_OPERATIONS
