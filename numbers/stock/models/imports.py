"""Files with prices or costs: what each row would do, and whether it has been done."""

from typing import ClassVar
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from lifecycle.actors import DoneBy
from lifecycle.models import Lifecycle
from stock.models.pricing import PriceList


class ImportKind(models.TextChoices):
    PRICES = "prices", "Prices"
    COSTS = "costs", "Costs"


class ImportState(models.TextChoices):
    PLANNED = "planned", "Waiting for a yes"
    APPLIED = "applied", "Applied"
    DROPPED = "dropped", "Dropped"


class RowOutcome(models.TextChoices):
    NEW = "new", "New"
    CHANGED = "changed", "Changed"
    SAME = "same", "Same as before"
    REFUSED = "refused", "Refused"


class PriceImport(Lifecycle, DoneBy):
    """A file that somebody has sent in. Applying it does all that is new or changed, at once."""

    TRANSITIONS: ClassVar = {
        ImportState.PLANNED: {ImportState.APPLIED, ImportState.DROPPED},
        ImportState.APPLIED: set(),
        ImportState.DROPPED: set(),
    }

    state = models.CharField(max_length=24, choices=ImportState, default=ImportState.PLANNED)
    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=ImportKind)
    # Of prices alone; costs name their carrier in each row.
    price_list = models.ForeignKey(
        PriceList, null=True, blank=True, on_delete=models.PROTECT, related_name="imports"
    )
    file_name = models.CharField(max_length=120)
    sent_at = models.DateTimeField()
    # When the rows were last compared with what holds.
    planned_at = models.DateTimeField()
    # How many rows have each outcome.
    rows_new = models.PositiveIntegerField(default=0)
    rows_changed = models.PositiveIntegerField(default=0)
    rows_same = models.PositiveIntegerField(default=0)
    rows_refused = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ImportState.values), name="price_import_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="prices", price_list__isnull=False)
                | Q(kind="costs", price_list=None),
                name="price_import_has_its_list",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def rows_to_do(self) -> int:
        return self.rows_new + self.rows_changed

    @property
    def rows_in_all(self) -> int:
        return self.rows_to_do + self.rows_same + self.rows_refused


class ImportRow(models.Model):
    """A line of the file as it was typed, and what it does, or why it does not."""

    price_import = models.ForeignKey(PriceImport, on_delete=models.PROTECT, related_name="rows")
    line = models.PositiveIntegerField()
    # In the order of the header.
    cells = ArrayField(models.CharField(max_length=200, blank=True))
    # Too few, too many or too long cells: what is kept of them says nothing.
    is_unreadable = models.BooleanField(default=False)
    outcome = models.CharField(max_length=8, choices=RowOutcome)
    note = models.CharField(max_length=500, blank=True)
    # What was to be thought of when the plan was made.
    warning = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["price_import", "line"], name="import_line_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=RowOutcome.values), name="import_row_outcome_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="refused") | ~Q(note=""),
                name="import_row_is_refused_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.outcome}"
