"""The tenant's books: rows are only ever added, and a correction points to what it corrects.

The rules stand in the database (migration 0002): each transaction sums to zero and has two entries
or more, entries come only with their transaction, and a balance moves only by an entry.
"""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from lifecycle.actors import DoneBy


class Pocket(models.TextChoices):
    """Where value can be. The order is the order in which accounts are locked."""

    WALLET = "wallet", "Balance"
    HELD = "held", "Set aside"
    OWED = "owed", "Owed for deliveries"
    CARD = "card", "Cards"
    BANK = "bank", "Bank and goodwill"
    REVENUE = "revenue", "Spent"
    VAT = "vat", "VAT on what was spent"


NEVER_NEGATIVE = [Pocket.WALLET, Pocket.HELD, Pocket.REVENUE, Pocket.VAT]


class LedgerAccount(models.Model):
    """One pocket in one currency. `balance` is kept by a trigger: the sum of its entries."""

    pocket = models.CharField(max_length=8, choices=Pocket)
    currency = models.CharField("ISO 4217 currency", max_length=3)
    balance = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pocket", "currency"], name="ledger_account_once"),
            models.CheckConstraint(
                condition=Q(pocket__in=Pocket.values), name="ledger_pocket_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(pocket__in=NEVER_NEGATIVE) | Q(balance__gte=0),
                name="ledger_account_is_not_overdrawn",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_pocket_display()} {self.currency}"


class Cause(models.TextChoices):
    """What moves money, and whose reference names it."""

    CREDIT = "credit", "Credit"
    HELD = "held", "Set aside"
    TAKEN = "taken", "Paid from the balance"
    GIVEN_BACK = "given_back", "Given back"
    DELIVERED = "delivered", "Delivered"
    CAPTURED = "captured", "Paid by card"
    REFUNDED = "refunded", "Refunded to the card"
    REFUND_FAILED = "refund_failed", "Refund credited to the balance"
    TOPPED_UP = "topped_up", "Topped up by card"


class LedgerTransaction(DoneBy):
    """Something that moved money, once: no cause is posted twice."""

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    cause_kind = models.CharField(max_length=16, choices=Cause)
    # Of the order, the order's line, the refund, the top-up or the credit.
    cause_reference = models.UUIDField()
    at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    corrects = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    # The database transaction that wrote it, set by a trigger: no entry comes later.
    creating_xid = models.BigIntegerField(default=0, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cause_kind", "cause_reference"], name="ledger_cause_once"
            ),
            models.CheckConstraint(
                condition=Q(cause_kind__in=Cause.values), name="ledger_cause_is_known"
            ),
            models.UniqueConstraint(
                fields=["cause_reference"],
                condition=Q(cause_kind__in=["taken", "given_back"]),
                name="ledger_hold_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cause_kind} {self.cause_reference}"


class LedgerEntry(models.Model):
    """An amount that came into a pocket, or left it when negative."""

    transaction = models.ForeignKey(
        LedgerTransaction, on_delete=models.PROTECT, related_name="entries"
    )
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="entries")
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="ledger_entry_moves_something"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} to account {self.account_id}"
