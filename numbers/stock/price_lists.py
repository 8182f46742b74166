"""Lists of selling prices: one per currency for everybody, and those that groups have beside it."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from lifecycle.actors import Actor
from stock.models import PriceList
from tenants import staff_acts
from tenants.models import StaffActKind, Tenant, TenantGroup


class ListExists(Exception):
    """There is such a list already. The message is for people."""


class ListInUse(Exception):
    """The list has, or had, prices. The message is for people."""


def lists_of(tenant: Tenant) -> QuerySet[PriceList]:
    """Return the lists that the tenant buys from; what its group's says goes first."""
    of_it = Q(group=tenant.group_id) | Q(group=None)
    return PriceList.objects.filter(of_it, currency=tenant.currency).order_by("group")


@transaction.atomic
def add_list(
    name: str, *, currency: str, group: TenantGroup | None, actor: Actor, at: datetime
) -> PriceList:
    """Add a list without prices. Raises ListExists."""
    try:
        with transaction.atomic():
            added = PriceList.objects.create(name=name, currency=currency, group=group)
    except IntegrityError:
        whom = f"the group {group}" if group else "everybody"
        raise ListExists(f"There is a list in {currency} for {whom} already.") from None
    _record(StaffActKind.PRICE_LIST_ADDED, added, reason=currency, actor=actor, at=at)
    return added


@transaction.atomic
def rename_list(price_list: PriceList, name: str, *, actor: Actor, at: datetime) -> None:
    before, price_list.name = price_list.name, name
    price_list.save(update_fields=["name"])
    _record(StaffActKind.PRICE_LIST_RENAMED, price_list, reason=f"was {before}", actor=actor, at=at)


@transaction.atomic
def remove_list(price_list: PriceList, *, actor: Actor, at: datetime) -> None:
    """Remove a list that never had a price. Raises ListInUse."""
    locked = PriceList.objects.select_for_update().get(pk=price_list.pk)
    if locked.prices.exists() or locked.imports.exists():
        raise ListInUse(
            f"{locked} has prices, of now, to come or past, or a file was sent in for it, and is "
            "kept. End its prices: what it does not price is sold at the prices for everybody."
        )
    _record(StaffActKind.PRICE_LIST_REMOVED, locked, actor=actor, at=at)
    locked.delete()


def _record(
    kind: StaffActKind, price_list: PriceList, *, reason: str = "", actor: Actor, at: datetime
) -> None:
    staff_acts.record(
        kind,
        subject=price_list.reference,
        subject_name=price_list.name,
        reason=reason[:200],
        actor=actor,
        at=at,
    )
