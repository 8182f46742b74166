"""Changing what a carrier asks us for a SKU, from now on or from a later day."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from babel import Locale
from babel.numbers import get_territory_currencies
from django.db import transaction

from carriers.models import Connection
from lifecycle.actors import Actor, done_by
from stock import timelines
from stock.amounts import said
from stock.models import Cost, Sku
from stock.repricing import NotInForce, NotToCome, SkuRemoved, lock_skus
from stock.timelines import Timeline, Version, moment
from tenants import staff_acts
from tenants.models import StaffActKind

# What is legal tender somewhere today: no marks and francs, and no codes for gold or for tests.
CURRENCY_CODES = frozenset(
    code
    for territory in Locale("en").territories
    for code in get_territory_currencies(str(territory), tender=True)
)
# Keys of a connection and a SKU.
Subject = tuple[int, int]


@dataclass(frozen=True, slots=True)
class CostTerms:
    """What a cost says, in whole units of its currency."""

    setup_cost: Decimal
    monthly_cost: Decimal
    currency: str


@transaction.atomic
def set_cost(
    connection: Connection,
    sku: Sku,
    terms: CostTerms,
    *,
    begins_at: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> Version[CostTerms]:
    """Let `terms` hold from `begins_at`, or from now, until the next cost that is set already.

    Raises SkuRemoved.
    """
    [sku] = lock_skus([sku.pk])
    if sku.removed_at:
        raise SkuRemoved(f"{sku} has been removed. Choose another SKU.")
    subject = (connection.pk, sku.pk)
    timeline = timelines_of([sku.pk]).get(subject, Timeline())
    version = timeline.put(terms, begins_at=max(begins_at or at, at))
    save({subject: timeline}, actor=actor, at=at)
    _record(StaffActKind.COST_SET, connection, sku, version, actor=actor, at=at)
    return version


@transaction.atomic
def withdraw_cost(cost: Cost, *, actor: Actor, at: datetime) -> None:
    """Forget a cost that has not begun; the one before it goes on. Raises NotToCome."""
    subject, timeline, version = _locked(cost)
    if version is None or version.begins_at <= at:
        raise NotToCome("This cost has begun by now. Set a new one instead.")
    timeline.withdraw(version)
    save({subject: timeline}, actor=actor, at=at)
    _record(StaffActKind.COST_WITHDRAWN, cost.connection, cost.sku, version, actor=actor, at=at)


@transaction.atomic
def end_cost(cost: Cost, *, actor: Actor, at: datetime) -> None:
    """Let the cost of now end now. Raises NotInForce."""
    subject, timeline, version = _locked(cost)
    if version is None or not version.holds_at(at) or version.begins_at == at:
        raise NotInForce("This cost is over by now.")
    timeline.end(version, ends_at=at)
    save({subject: timeline}, actor=actor, at=at)
    _record(StaffActKind.COST_ENDED, cost.connection, cost.sku, version, actor=actor, at=at)


def is_currency(code: str) -> bool:
    """Tell whether anybody pays in it."""
    return code in CURRENCY_CODES


def timelines_of(skus: Collection[int]) -> dict[Subject, Timeline[CostTerms]]:
    """Return all costs of the SKUs there were and will be."""
    found: dict[Subject, Timeline[CostTerms]] = {}
    for cost in Cost.objects.filter(sku__in=skus).order_by("valid"):
        terms = CostTerms(cost.setup_cost, cost.monthly_cost, cost.currency)
        version = Version(terms, cost.valid.lower, cost.valid.upper, cost.pk)
        found.setdefault((cost.connection_id, cost.sku_id), Timeline()).versions.append(version)
    return found


def save(changed: Mapping[Subject, Timeline[CostTerms]], *, actor: Actor, at: datetime) -> None:
    """Write the timelines, whose SKUs are locked."""
    signed = {"set_at": at, **done_by(actor)}
    timelines.save(
        changed,
        Cost,
        lambda subject, version: Cost(
            connection_id=subject[0],
            sku_id=subject[1],
            valid=timelines.valid(version),
            **asdict(version.terms),
            **signed,
        ),
    )


def _locked(cost: Cost) -> tuple[Subject, Timeline[CostTerms], Version[CostTerms] | None]:
    lock_skus([cost.sku_id])
    subject = (cost.connection_id, cost.sku_id)
    timeline = timelines_of([cost.sku_id]).get(subject, Timeline())
    version = next((one for one in timeline.versions if one.key == cost.pk), None)
    return subject, timeline, version


def _record(
    kind: StaffActKind,
    connection: Connection,
    sku: Sku,
    version: Version[CostTerms],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    monthly = said(version.terms.monthly_cost, version.terms.currency)
    staff_acts.record(
        kind,
        subject=connection.reference,
        subject_name=f"{connection}: {sku}",
        reason=f"{monthly} a month from {moment(version.begins_at)}",
        actor=actor,
        at=at,
    )
