"""The numbers a tenant holds: public rows that say who holds what, with the tenant's own beside."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.db.models import Count, QuerySet

from inventory.models import HeldNumber
from inventory.standing import QUICK_FILTERS, QuickFilter, Standing, cycles, days_left, standing
from stock.models import Holding, HoldingState
from tenants.models import Tenant


class NumberFilterForm(forms.Form):
    """Which of its numbers a tenant wants to see."""

    number = forms.CharField(label="Number contains", max_length=24, required=False)
    show = forms.ChoiceField(
        choices=[(quick.key, quick.label) for quick in QUICK_FILTERS], required=False
    )

    def clean_number(self) -> str:
        """Take any spelling; letters and signs say nothing here."""
        return "".join(filter(str.isdigit, self.cleaned_data["number"]))


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One number as the list and the export show it."""

    holding: Holding
    held: HeldNumber
    standing: Standing
    days_left: int | None
    cycles: str


def find_holdings(tenant: Tenant, *, containing: str = "", show: str = "") -> QuerySet[Holding]:
    """Return the tenant's open holdings, with their numbers; `show` is the key of a quick filter.

    Read from the public schema alone: a join across schemas would tie tenants to one machine.
    """
    found = open_holdings(tenant).select_related("number")
    quick = next((quick for quick in QUICK_FILTERS if quick.key == show), QUICK_FILTERS[0])
    if quick.key:
        found = found.filter(state__in=quick.states)
    return found.filter(digits__contains=containing) if containing else found


def count_by_filter(tenant: Tenant) -> list[tuple[QuickFilter, int]]:
    """Return the quick filters that match something, and All in any case."""
    rows = open_holdings(tenant).values_list("state").annotate(Count("pk"))
    by_state = dict(rows)
    counted = [
        (quick, sum(by_state.get(state, 0) for state in quick.states)) for quick in QUICK_FILTERS
    ]
    return [(quick, count) for quick, count in counted if count or not quick.key]


def open_holdings(tenant: Tenant) -> QuerySet[Holding]:
    return Holding.objects.filter(tenant=tenant).exclude(state=HoldingState.CLOSED)


def with_held_numbers(holdings: Iterable[Holding], *, at: datetime) -> Iterator[NumberRow]:
    """Put the tenant's own rows beside the public ones. One query for all of `holdings`."""
    listed = list(holdings)
    found = HeldNumber.objects.filter(holding_id__in=[holding.pk for holding in listed])
    held = {number.holding_id: number for number in found}
    for holding in listed:
        yield NumberRow(
            holding,
            held[holding.pk],
            standing(holding),
            days_left(holding, at=at),
            cycles(holding),
        )
