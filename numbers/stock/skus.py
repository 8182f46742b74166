"""Adding, naming and removing what numbers of a place are sold as.

The SKU of a whole country and type comes with the first offer of such a number, and stays.
"""

from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q, QuerySet

from lifecycle.actors import Actor, done_by
from stock.fitting import FIT_NUMBERS
from stock.models import Cost, Exchange, Price, Sku, SkuChange
from stock.prices import SHORT_NAMES, code_of
from stock.repricing import terms_of
from stock.sku_matching import KEEP_SKUS
from tenants import staff_acts
from tenants.models import StaffActKind
from work import due


class SkuExists(Exception):
    """The place or the code has a SKU already. The message is for people."""


class CodeKept(Exception):
    """The code is kept for the SKU of a whole country. The message is for people."""


class NoSuchPlace(Exception):
    """No number of this kind lies there. The message is for people."""


class NumbersOnTheMove(Exception):
    """The numbers still follow the last change of this SKU. The message is for people."""


def present() -> QuerySet[Sku]:
    return Sku.objects.filter(removed_at=None)


@transaction.atomic
def add_sku(
    *,
    code: str,
    name: str,
    country: str,
    number_type: str,
    region: str,
    city: str,
    actor: Actor,
    at: datetime,
) -> Sku:
    """Add a SKU for a region or city, with the prices and costs that its numbers have now.

    The numbers follow in the background. Raises SkuExists, CodeKept, NoSuchPlace or
    NumbersOnTheMove.
    """
    _refuse_kept(code)
    place = {"country": country, "number_type": number_type, "region": region, "city": city}
    _refuse_unknown(place)
    _keep_syncs_out()
    less_exact = _fitting(place)
    sku = _make(code, name, place, at=at)
    _begin_change(sku, is_removal=False, actor=actor, at=at)
    if less_exact:
        _take_over_terms(sku, less_exact, actor=actor, at=at)
    _record(StaffActKind.SKU_ADDED, sku, actor=actor, at=at)
    return sku


@transaction.atomic
def change_sku(sku: Sku, *, code: str, name: str, actor: Actor, at: datetime) -> None:
    """Call it something else. Raises SkuExists or CodeKept."""
    if sku.is_of_a_place or code != code_of(sku.country, sku.number_type):
        _refuse_kept(code)
    before = f"was {sku.code}, {sku.name}"
    sku.code, sku.name = code, name
    try:
        with transaction.atomic():
            sku.save(update_fields=["code", "name"])
    except IntegrityError:
        raise SkuExists(_code_taken(code)) from None
    _record(StaffActKind.SKU_CHANGED, sku, reason=before, actor=actor, at=at)


@transaction.atomic
def remove_sku(sku: Sku, *, actor: Actor, at: datetime) -> None:
    """Let its numbers belong to the next SKU that fits; its prices and costs end with the last.

    Does nothing to one that is removed. Raises NumbersOnTheMove.
    """
    _keep_syncs_out()
    if not present().filter(pk=sku.pk).update(removed_at=at):
        return
    _begin_change(sku, is_removal=True, actor=actor, at=at)
    _record(StaffActKind.SKU_REMOVED, sku, actor=actor, at=at)


def _refuse_kept(code: str) -> None:
    """Raise CodeKept for one that the first offer of some country and type will need."""
    country, _, kind = code.partition("-")
    if len(country) == 2 and kind in SHORT_NAMES.values():
        raise CodeKept(f"{code} is kept for a whole country. Add the place to it: {code}-NYC.")


def _refuse_unknown(place: dict[str, str]) -> None:
    """Raise NoSuchPlace unless the numbering plan knows the region or city."""
    plan = Exchange.objects.filter(country=place["country"], number_type=place["number_type"])
    region, city = place["region"], place["city"]
    if not region and not city:
        raise NoSuchPlace("Name a region or a city: the whole country has its SKU by itself.")
    there = plan.filter(region=region, city=city) if city else plan.filter(region=region)
    if there.exists():
        return
    if city and not region and plan.filter(city=city).exists():
        raise NoSuchPlace(f"Say in which state or region {city} is.")
    raise NoSuchPlace(f"The plan has no such number in {city or region}. Check the spelling.")


def _keep_syncs_out() -> None:
    """Wait until no sync is merging offers: it would give numbers the SKUs it has seen."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP_SKUS)


def _fitting(place: dict[str, str]) -> Sku | None:
    """Return the most exact SKU that the place's numbers belong to now."""
    kind = Q(country=place["country"], number_type=place["number_type"])
    exact = Q(region=place["region"], city=place["city"])
    region = Q(region=place["region"], city="")
    anywhere = Q(region="", city="")
    return present().filter(kind, exact | region | anywhere).order_by("-city", "-region").first()


def _make(code: str, name: str, place: dict[str, str], *, at: datetime) -> Sku:
    """Add the SKU, or bring back the one that the place had before."""
    removed = Sku.objects.filter(**place).exclude(removed_at=None).first()
    if removed and removed.changes.filter(ended_at=None).exists():
        raise NumbersOnTheMove(f"{removed} is just being removed. Wait until that is done.")
    sku = removed or Sku(**place)
    sku.code, sku.name, sku.removed_at = code, name, None
    try:
        with transaction.atomic():
            sku.save()
    except IntegrityError:
        there = present().filter(**place).first()
        raise SkuExists(
            f"{there} is for this very place already." if there else _code_taken(code)
        ) from None
    return sku


def _code_taken(code: str) -> str:
    other = Sku.objects.get(code=code)
    what = "a removed SKU" if other.removed_at else "a SKU"
    return f"{code} is the code of {what} already: {other.name}. Choose another one."


def _begin_change(sku: Sku, *, is_removal: bool, actor: Actor, at: datetime) -> None:
    try:
        with transaction.atomic():
            change = SkuChange.objects.create(
                sku=sku, is_removal=is_removal, at=at, **done_by(actor)
            )
    except IntegrityError:
        raise NumbersOnTheMove(
            f"Numbers are still moving to {sku}. Wait until that is done."
        ) from None
    due.plan(FIT_NUMBERS, tenant=None, subject=change.reference, at=at)


def _take_over_terms(sku: Sku, other: Sku, *, actor: Actor, at: datetime) -> None:
    """Copy the other's prices and costs, of now and to come, so that no number leaves the sale."""
    to_come = DateTimeTZRange(at, None)
    signed = {"sku": sku, "set_at": at, **done_by(actor)}
    Price.objects.bulk_create(
        Price(
            price_list_id=price.price_list_id,
            valid=DateTimeTZRange(max(price.valid.lower, at), price.valid.upper),
            **asdict(terms_of(price)),
            **signed,
        )
        for price in Price.objects.filter(sku=other, valid__overlap=to_come)
    )
    Cost.objects.bulk_create(
        Cost(
            connection_id=cost.connection_id,
            valid=DateTimeTZRange(max(cost.valid.lower, at), cost.valid.upper),
            setup_cost=cost.setup_cost,
            monthly_cost=cost.monthly_cost,
            currency=cost.currency,
            **signed,
        )
        for cost in Cost.objects.filter(sku=other, valid__overlap=to_come)
    )


def _record(kind: StaffActKind, sku: Sku, *, reason: str = "", actor: Actor, at: datetime) -> None:
    staff_acts.record(
        kind,
        subject=sku.reference,
        subject_name=f"{sku.code}, {sku.name}",
        reason=reason[:200],
        actor=actor,
        at=at,
    )
