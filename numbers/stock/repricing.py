"""Changing what a SKU costs tenants, from now on or from a later day."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from lifecycle.actors import Actor, done_by
from stock import margins, timelines
from stock.amounts import said, whole_units
from stock.costing import Comparison
from stock.models import Price, PriceList, Sku
from stock.timelines import Timeline, Version, moment
from tenants import staff_acts
from tenants.models import StaffActKind


class BelowCost(Exception):
    """The price would not cover a cost that is known. The message is for people, with figures."""


class SkuRemoved(Exception):
    """Nothing is sold as this SKU any more. The message is for people."""


class NotToCome(Exception):
    """The price or cost holds already, or is over. The message is for people."""


class NotInForce(Exception):
    """The price or cost does not hold now. The message is for people."""


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """What a price says, as models.Price explains it."""

    setup_price: int
    monthly_price: int
    quarter_price: int | None
    half_year_price: int | None
    year_price: int | None
    minimum_months: int
    channel_price: int
    inbound_minute_rate: Decimal
    connect_rate: Decimal
    first_increment_seconds: int
    next_increment_seconds: int
    below_cost_because: str = ""


def terms_of(price: Price) -> PriceTerms:
    return PriceTerms(**{field.name: getattr(price, field.name) for field in fields(PriceTerms)})


@transaction.atomic
def set_price(
    price_list: PriceList,
    sku: Sku,
    terms: PriceTerms,
    *,
    begins_at: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> Version[PriceTerms]:
    """Let `terms` hold from `begins_at`, or from now, until the next price that is set already.

    What held until then ends in the same moment. Raises SkuRemoved, or BelowCost unless the terms
    say why they may be.
    """
    [sku] = lock_skus([sku.pk])
    if sku.removed_at:
        raise SkuRemoved(f"{sku} has been removed. Choose another SKU.")
    timeline = timelines_of(price_list, [sku.pk])[sku.pk]
    version = timeline.put(terms, begins_at=max(begins_at or at, at))
    refuse_below_cost(price_list, sku, version)
    save(price_list, {sku.pk: timeline}, actor=actor, at=at)
    _record(StaffActKind.PRICE_SET, price_list, sku, version, actor=actor, at=at)
    return version


@transaction.atomic
def withdraw_price(price: Price, *, actor: Actor, at: datetime) -> None:
    """Forget a price that has not begun; the one before it goes on. Raises NotToCome."""
    lock_skus([price.sku_id])
    timeline = timelines_of(price.price_list, [price.sku_id])[price.sku_id]
    version = _version_of(timeline, price)
    if version is None or version.begins_at <= at:
        raise NotToCome("This price has begun by now. Set a new one instead.")
    timeline.withdraw(version)
    save(price.price_list, {price.sku_id: timeline}, actor=actor, at=at)
    _record(StaffActKind.PRICE_WITHDRAWN, price.price_list, price.sku, version, actor=actor, at=at)


@transaction.atomic
def end_price(price: Price, *, actor: Actor, at: datetime) -> None:
    """Let the price of now end now, with none to follow before the next begins.

    Raises NotInForce.
    """
    lock_skus([price.sku_id])
    timeline = timelines_of(price.price_list, [price.sku_id])[price.sku_id]
    version = _version_of(timeline, price)
    if version is None or not version.holds_at(at) or version.begins_at == at:
        raise NotInForce("This price is over by now.")
    timeline.end(version, ends_at=at)
    save(price.price_list, {price.sku_id: timeline}, actor=actor, at=at)
    _record(StaffActKind.PRICE_ENDED, price.price_list, price.sku, version, actor=actor, at=at)


def lock_skus(keys: Collection[int]) -> list[Sku]:
    """Keep others from changing prices and costs of the SKUs until the transaction ends."""
    locked = Sku.objects.select_for_update(no_key=True).filter(pk__in=keys)
    return list(locked.order_by("pk"))


def timelines_of(price_list: PriceList, skus: Iterable[int]) -> dict[int, Timeline[PriceTerms]]:
    """Return all that the list has said and will say of each SKU, by the SKU's key."""
    found: dict[int, Timeline[PriceTerms]] = {sku: Timeline() for sku in skus}
    prices = Price.objects.filter(price_list=price_list, sku__in=found).order_by("valid")
    for price in prices:
        version = Version(terms_of(price), price.valid.lower, price.valid.upper, price.pk)
        found[price.sku_id].versions.append(version)
    return found


def refuse_below_cost(price_list: PriceList, sku: Sku, version: Version[PriceTerms]) -> None:
    """Raise BelowCost if the version would be sold for less than a cost list asks for the SKU.

    Numbers with costs of their own are withheld one by one instead, see withheld_by.
    """
    if version.terms.below_cost_because:
        return
    costs = margins.KnownCosts([sku.pk]).during(
        sku.pk, begins_at=version.begins_at, ends_at=version.ends_at
    )
    price = Price(**asdict(version.terms))
    if loss := margins.describe_loss(price, costs, Comparison(price_list.currency)):
        raise BelowCost(f"Below cost: {loss} Raise the price, or say why it may be sold for less.")


def withheld_by(price_list: PriceList, sku: Sku, terms: PriceTerms) -> str:
    """Say which numbers on sale now the terms do not cover the costs of; empty if none."""
    price = Price(**asdict(terms))
    margin = Comparison(price_list.currency)
    return margins.KnownCosts([sku.pk]).withheld_by(sku.pk, price, margin)


def save(
    price_list: PriceList,
    changed: Mapping[int, Timeline[PriceTerms]],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Write the timelines of a list, whose SKUs are locked, by the SKU's key."""
    signed = {"price_list": price_list, "set_at": at, **done_by(actor)}
    timelines.save(
        changed,
        Price,
        lambda sku, version: Price(
            sku_id=sku, valid=timelines.valid(version), **asdict(version.terms), **signed
        ),
    )


def _version_of(timeline: Timeline[PriceTerms], price: Price) -> Version[PriceTerms] | None:
    return next((one for one in timeline.versions if one.key == price.pk), None)


def _record(
    kind: StaffActKind,
    price_list: PriceList,
    sku: Sku,
    version: Version[PriceTerms],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    terms = version.terms
    monthly = said(whole_units(terms.monthly_price, price_list.currency), price_list.currency)
    words = f"{monthly} a month from {moment(version.begins_at)}"
    if terms.below_cost_because:
        words += f", may be below cost: {terms.below_cost_because}"
    staff_acts.record(
        kind,
        subject=price_list.reference,
        subject_name=f"{price_list}: {sku}",
        reason=words[:200],
        actor=actor,
        at=at,
    )
