"""Costs as a file: its columns, and how its rows are read and written."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from carriers.models import Connection
from lifecycle.actors import Actor
from stock import rates, recosting, repricing
from stock.amounts import said
from stock.models import Cost, Sku
from stock.recosting import CostTerms, Subject
from stock.row_reading import RowReading
from stock.sheets import Wanted, period_cells
from stock.timelines import Timeline

COST_DECIMALS = 4
HEADER = ["carrier", "sku", "valid_from", "valid_until", "currency", "setup", "month"]


def cells_of(cost: Cost) -> list[str]:
    """Write a cost as a row under HEADER. Its SKU and connection are at hand."""
    return [
        cost.connection.name,
        cost.sku.code,
        *period_cells(cost.valid),
        cost.currency,
        f"{cost.setup_cost.normalize():f}",
        f"{cost.monthly_cost.normalize():f}",
    ]


class CostSheet:
    """The file of costs of all carriers. Its subjects are a connection and a SKU, by their keys."""

    header: Sequence[str] = HEADER

    def read(self, cells: Mapping[str, str]) -> Wanted[Subject, CostTerms]:
        row = RowReading(cells)
        connection = self._connections.get(cells["carrier"].lower())
        if connection is None:
            row.refuse(f"carrier: there is no carrier “{cells['carrier']}”.")
        sku = self._skus.get(cells["sku"].upper())
        if sku is None:
            row.refuse(f"sku: there is no SKU “{cells['sku']}”.")
        if not recosting.is_currency(cells["currency"]):
            row.refuse(f"currency: “{cells['currency']}” is none. Write it like USD.")
        begins_at, ends_at = row.period()
        terms = CostTerms(
            setup_cost=row.amount("setup", decimals=COST_DECIMALS),
            monthly_cost=row.amount("month", decimals=COST_DECIMALS),
            currency=cells["currency"],
        )
        row.finish()
        assert connection
        assert sku
        return Wanted((connection, sku), terms, begins_at, ends_at)

    def lock(self, subjects: Collection[Subject]) -> None:
        repricing.lock_skus({sku for _, sku in subjects})

    def timelines(self, subjects: Collection[Subject]) -> Mapping[Subject, Timeline[CostTerms]]:
        known = recosting.timelines_of({sku for _, sku in subjects})
        return {subject: known.get(subject, Timeline()) for subject in subjects}

    def why_not(
        self, wanted: Wanted[Subject, CostTerms], *, begins_at: datetime, ends_at: datetime | None
    ) -> str:
        """Return nothing: a carrier asks what it asks."""
        return ""

    def warning(self, wanted: Wanted[Subject, CostTerms]) -> str:
        currency = wanted.terms.currency
        if currency in self._rated:
            return ""
        return f"No exchange rate compares {currency} with prices, so it refuses none."

    def differences(self, before: CostTerms | None, after: CostTerms) -> str:
        setup, month = (
            said(after.setup_cost, after.currency),
            said(after.monthly_cost, after.currency),
        )
        if before is None:
            return f"setup {setup}, month {month}"
        changes = []
        if (before.setup_cost, before.currency) != (after.setup_cost, after.currency):
            changes.append(f"setup {said(before.setup_cost, before.currency)} → {setup}")
        if (before.monthly_cost, before.currency) != (after.monthly_cost, after.currency):
            changes.append(f"month {said(before.monthly_cost, before.currency)} → {month}")
        return ", ".join(changes)

    def save(
        self, changed: Mapping[Subject, Timeline[CostTerms]], *, actor: Actor, at: datetime
    ) -> None:
        recosting.save(changed, actor=actor, at=at)

    @cached_property
    def _skus(self) -> dict[str, int]:
        return dict(Sku.objects.filter(removed_at=None).values_list("code", "pk"))

    @cached_property
    def _rated(self) -> frozenset[str]:
        return rates.rated()

    @cached_property
    def _connections(self) -> dict[str, int]:
        names = Connection.objects.values_list("name", "pk")
        return {name.lower(): key for name, key in names}
