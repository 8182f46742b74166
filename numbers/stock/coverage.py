"""What can be bought in quantities, and where: how many numbers each area code and city has.

Read from a rollup that stock/counting.py keeps. What a tenant has no price for, or what would be
sold to it for less than it costs us, is not in its coverage.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from stock import prices
from stock.digits import calling_code
from stock.models import Coverage, NumberType, Price, StockNumber, Tier
from tenants.models import Tenant

# What a number can be wanted for, and the column that counts those which can do it.
SERVICES = {
    "voice": ("Voice", "with_voice"),
    "sms": ("SMS", "with_sms"),
    "fax": ("Fax", "with_fax"),
    "emergency": ("Emergency calls", "with_emergency"),
}
ANY = "available"
LONGEST_NPA = 6

# The tenant's price of each tier that is sold to it, by the tier's key.
Terms = Mapping[int, Price]


class NotAPlace(Exception):
    """A key that no row of the coverage has ever had: the page was tampered with."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the numbers of a row are, what they are and what they are sold as."""

    country: str
    city: str
    region: str
    npa: str
    number_type: str
    sku: UUID

    @classmethod
    def of_key(cls, country: str, key: str) -> "Place":
        """Read a row's key. Raises NotAPlace."""
        try:
            city, region, npa, number_type, sku = key.split("\t")
            return cls(country, city, region, npa, NumberType(number_type), UUID(sku))
        except ValueError:
            raise NotAPlace(key) from None

    @property
    def key(self) -> str:
        """Name the row; `Coverage.key` is made in the same way."""
        return "\t".join([self.city, self.region, self.npa, self.number_type, str(self.sku)])

    @property
    def prefix(self) -> str:
        """Return how its numbers begin, as people write it: +1 501."""
        return f"+{calling_code(self.country)} {self.npa}".strip()

    def __str__(self) -> str:
        where = ", ".join(filter(None, [self.city, self.region]))
        return f"{where or NumberType(self.number_type).label} ({self.prefix})"


@dataclass(frozen=True, slots=True)
class CoverageCriteria:
    """What is looked for; empty means any."""

    country: str
    # The beginning of its name, in any case.
    city: str = ""
    # How numbers begin, without the country's calling code.
    prefix: str = ""
    # A key of SERVICES.
    service: str = ""
    number_types: Collection[str] = tuple(NumberType.values)


class Row(NamedTuple):
    """A row of the coverage, its tiers summed up. `wanted` counts what has the service."""

    key: str
    sku: int
    wanted: int
    sms: int


@dataclass(frozen=True, slots=True)
class Lot:
    """The numbers of one row that are sold to a tenant, as far as a claim needs to know them."""

    place: Place
    service: str
    sku_id: int
    tiers: Collection[Tier]
    # Of the exchanges they are in.
    prefixes: Collection[str]


def terms_of(tenant: Tenant, *, at: datetime) -> dict[str, dict[int, Price]]:
    """Return the terms of all that is sold to the tenant, by country."""
    bought = Q(is_ours=True) | Q(connection__is_buying_allowed=True)
    tiers = Tier.objects.filter(bought).select_related("sku")
    found = prices.for_sale(tenant, [one_of(tier) for tier in tiers], at=at)
    terms: dict[str, dict[int, Price]] = {}
    for tier in tiers:
        if tier.pk in found:
            terms.setdefault(tier.sku.country, {})[tier.pk] = found[tier.pk]
    return terms


def one_of(tier: Tier) -> StockNumber:
    """Return a number like those of the tier, under the tier's key, to be priced in their place."""
    return StockNumber(
        pk=tier.pk,
        sku_id=tier.sku_id,
        connection_id=tier.connection_id,
        setup_cost=tier.setup_cost,
        monthly_cost=tier.monthly_cost,
        cost_currency=tier.cost_currency,
    )


def counted_by(service: str) -> str:
    return SERVICES[service][1] if service else ANY


def rows(criteria: CoverageCriteria, terms: Terms) -> QuerySet[Coverage, Row]:
    """Return the rows that fit and have something for sale; pages of them go by their keys."""
    column = counted_by(criteria.service)
    found = Coverage.objects.filter(
        _where(criteria),
        country=criteria.country,
        number_type__in=criteria.number_types,
        tier__in=terms,
        **{f"{column}__gt": 0},
    )
    summed = found.values("key", "sku").annotate(wanted=Sum(column), sms=Sum("with_sms"))
    return summed.values_list("key", "sku", "wanted", "sms", named=True)  # type: ignore[return-value]


def _where(criteria: CoverageCriteria) -> Q:
    where = Q()
    if criteria.city:
        where &= Q(city__istartswith=criteria.city)
    if prefix := criteria.prefix:
        # What is typed may go on behind the area code.
        beginnings = [prefix[:length] for length in range(1, LONGEST_NPA + 1)]
        where &= Q(npa__startswith=prefix) | Q(npa__in=beginnings)
    return where


def find_lots(
    country: str, keys: Iterable[str], terms: Terms, *, service: str = ""
) -> dict[str, Lot]:
    """Return what the rows with these keys have for sale; rows that have nothing are left out."""
    found = Coverage.objects.filter(
        country=country, key__in=keys, tier__in=terms, **{f"{counted_by(service)}__gt": 0}
    )
    by_key: dict[str, list[Coverage]] = {}
    for part in found.select_related("tier"):
        by_key.setdefault(part.key, []).append(part)
    return {
        key: Lot(
            Place.of_key(country, key),
            service,
            parts[0].sku_id,
            [part.tier for part in parts],
            sorted({prefix for part in parts for prefix in part.prefixes}),
        )
        for key, parts in by_key.items()
    }
