"""State changes that follow a declared table and survive two workers at once."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F


class IllegalTransition(Exception):
    """The table of the record's class does not list the step: a fault in our code."""


class Overtaken(Exception):
    """Another process moved the record first. What it wrote stands; ours is not needed."""


class Lifecycle(models.Model):
    """A record whose `state` moves only along the TRANSITIONS table of its class.

    `version` counts the moves, so that a history with one row for each can be checked against it.
    """

    TRANSITIONS: ClassVar[Mapping[str, AbstractSet[str]]]

    state = models.CharField(max_length=24)
    state_changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    def move_to(self, target: str, *, at: datetime, **changes: Any) -> None:
        """Write `target` and `changes`, unless the row has left the state we last read.

        Raises IllegalTransition if the table lacks the step, Overtaken if the row has left.
        """
        this_row = type(self)._base_manager.filter(pk=self.pk)
        if not move_many(this_row, self.state, target, at=at, **changes):
            raise Overtaken(f"{self._meta.label} {self.pk} is no longer {self.state}")
        moved = {"state": target, "state_changed_at": at, "version": self.version + 1, **changes}
        for field, value in moved.items():
            setattr(self, field, value)


def move_many(
    records: models.QuerySet[Any], source: str, target: str, *, at: datetime, **changes: Any
) -> int:
    """Move those of `records` that are in `source`, in one UPDATE, and return how many.

    Raises IllegalTransition if the table lacks the step.
    """
    if target not in records.model.TRANSITIONS[source]:
        raise IllegalTransition(f"{records.model._meta.label}: {source} -> {target}")
    return records.filter(state=source).update(
        state=target, state_changed_at=at, version=F("version") + 1, **changes
    )
