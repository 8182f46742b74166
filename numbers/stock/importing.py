"""Taking in a file of prices or costs: first a plan of what each row would do, then the deed.

All that is new or changed is done in one transaction, and only if it still is what was planned.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from lifecycle.actors import Actor, done_by
from lifecycle.models import Overtaken
from stock.cost_sheet import CostSheet
from stock.import_files import TypedRow, read_file
from stock.import_planning import PlannedRow, plan_rows
from stock.models import (
    ImportKind,
    ImportRow,
    ImportState,
    PriceImport,
    PriceList,
    RowOutcome,
)
from stock.price_sheet import PriceSheet
from tenants import staff_acts
from tenants.models import StaffActKind

BATCH = 1000


class StalePlan(Exception):
    """What holds has changed since the plan was made, and it was made anew. For people."""


class ImportOver(Exception):
    """The import was applied or dropped already. The message is for people."""


def plan_import(
    content: bytes,
    *,
    file_name: str,
    price_list: PriceList | None,
    actor: Actor,
    at: datetime,
) -> PriceImport:
    """Read a file of prices of the list, or of costs without one, and keep what it would do.

    Raises BadFile if nothing can be read from it.
    """
    kind = ImportKind.PRICES if price_list else ImportKind.COSTS
    sheet = sheet_for(price_list)
    planned = plan_rows(sheet, read_file(content, header=sheet.header), at=at)
    with transaction.atomic():
        price_import = PriceImport.objects.create(
            state_changed_at=at,
            kind=kind,
            price_list=price_list,
            file_name=file_name[-120:],
            sent_at=at,
            planned_at=at,
            **done_by(actor),
        )
        _keep(price_import, planned.rows, at=at)
    return price_import


def apply_import(price_import: PriceImport, *, actor: Actor, at: datetime) -> None:
    """Do what the plan says, all of it. Raises ImportOver, or StalePlan with a new plan kept."""
    if not _apply(price_import, actor=actor, at=at):
        raise StalePlan(
            "What holds has changed since this was planned, so nothing was done. The plan below is "
            "new: look at it, and apply it then."
        )


@transaction.atomic
def drop_import(price_import: PriceImport, *, actor: Actor, at: datetime) -> None:
    """Keep the file and its plan, and never do it. Raises ImportOver."""
    _move(price_import, ImportState.DROPPED, at=at)
    staff_acts.record(
        StaffActKind.IMPORT_DROPPED,
        subject=price_import.reference,
        subject_name=price_import.file_name,
        actor=actor,
        at=at,
    )


def sheet_for(price_list: PriceList | None) -> Any:
    """Return the kind of file: of a list's prices, or of costs."""
    return PriceSheet(price_list) if price_list else CostSheet()


@transaction.atomic
def _apply(price_import: PriceImport, *, actor: Actor, at: datetime) -> bool:
    """Return False if the plan was made anew instead."""
    # Twice at once: the second waits here, and finds it applied.
    locked = PriceImport.objects.select_for_update().get(pk=price_import.pk)
    if locked.state != ImportState.PLANNED:
        raise ImportOver(f"This file is {locked.get_state_display().lower()} already.")
    sheet = sheet_for(locked.price_list)
    kept = list(locked.rows.order_by("line"))
    planned = plan_rows(sheet, [_as_typed(row) for row in kept], at=at, for_good=True)
    # Warnings follow sales by the second: they make no plan stale.
    if [(row.outcome, row.note) for row in planned.rows] != [(r.outcome, r.note) for r in kept]:
        locked.rows.all().delete()
        _keep(locked, planned.rows, at=at)
        return False
    sheet.save(planned.timelines, actor=actor, at=at)
    _move(price_import, ImportState.APPLIED, at=at)
    _record(price_import, planned.rows, actor=actor, at=at)
    return True


def _keep(price_import: PriceImport, rows: Collection[PlannedRow], *, at: datetime) -> None:
    PriceImport.objects.filter(pk=price_import.pk).update(planned_at=at, **_counts(rows))
    ImportRow.objects.bulk_create(
        [
            ImportRow(
                price_import=price_import,
                line=row.typed.line,
                cells=row.typed.cells,
                is_unreadable=bool(row.typed.problem),
                outcome=row.outcome,
                note=row.note,
                warning=row.warning,
            )
            for row in rows
        ],
        batch_size=BATCH,
    )


def _counts(rows: Collection[PlannedRow]) -> dict[str, int]:
    """Return how many rows have each outcome, by the column that keeps it."""
    counted = Counter(row.outcome for row in rows)
    return {f"rows_{outcome.value}": counted[outcome] for outcome in RowOutcome}


def _as_typed(row: ImportRow) -> TypedRow:
    return TypedRow(row.line, row.cells, row.note if row.is_unreadable else "")


def _move(price_import: PriceImport, target: ImportState, *, at: datetime) -> None:
    try:
        price_import.move_to(target, at=at)
    except Overtaken:
        raise ImportOver("Somebody has applied or dropped this file already.") from None


def _record(
    price_import: PriceImport, rows: Collection[PlannedRow], *, actor: Actor, at: datetime
) -> None:
    counts = _counts(rows)
    words = [f"{counts[f'rows_{one.value}']} {one.label.lower()}" for one in RowOutcome]
    is_prices = price_import.kind == ImportKind.PRICES
    staff_acts.record(
        StaffActKind.PRICES_IMPORTED if is_prices else StaffActKind.COSTS_IMPORTED,
        subject=price_import.reference,
        subject_name=price_import.file_name,
        reason=", ".join(words),
        actor=actor,
        at=at,
    )
