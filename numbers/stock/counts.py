"""How many numbers of which place can be bought: the figures beside the choices of a search.

They are read from rollups, which stock/counting.py keeps.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Sum

from stock.models import ExchangeCount, NumberType, PlaceCount
from stock.regions import region_name


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter, as people read it, and how many numbers it leaves."""

    value: str
    label: str
    available: int


def states(
    country: str, *, number_type: str = NumberType.GEOGRAPHIC, has_sms: bool = False
) -> list[Choice]:
    """Return the country's regions by name; one without a name if it has no regions."""
    whole = PlaceCount.objects.filter(is_whole_region=True, country=country)
    choices = _sum_up(whole, "region", number_type, has_sms)
    named = [Choice(c.value, region_name(country, c.value), c.available) for c in choices]
    return sorted(named, key=lambda choice: choice.label)


def area_codes(
    country: str,
    region: str = "",
    *,
    number_type: str = NumberType.GEOGRAPHIC,
    has_sms: bool = False,
) -> list[Choice]:
    return _sum_up(_exchanges_of(country, region), "npa", number_type, has_sms)


def exchanges(
    country: str,
    region: str = "",
    *,
    npa: str,
    number_type: str = NumberType.GEOGRAPHIC,
    has_sms: bool = False,
) -> list[Choice]:
    """Return the exchanges (NXX) of one area code."""
    return _sum_up(_exchanges_of(country, region, npa), "nxx", number_type, has_sms)


def rate_centers(
    country: str,
    region: str = "",
    *,
    npa: str = "",
    number_type: str = NumberType.GEOGRAPHIC,
    has_sms: bool = False,
) -> list[Choice]:
    named = _exchanges_of(country, region, npa).exclude(rate_center="")
    return _sum_up(named, "rate_center", number_type, has_sms)


def cities(
    country: str,
    region: str = "",
    *,
    npa: str = "",
    starts_with: str = "",
    number_type: str = NumberType.GEOGRAPHIC,
    has_sms: bool = False,
    limit: int = 20,
) -> list[Choice]:
    """Return the first cities by name; `starts_with` in any case."""
    if npa:
        places: QuerySet[Any] = _exchanges_of(country, region, npa)
    else:
        places = PlaceCount.objects.filter(country=country, is_whole_region=False)
        places = places.filter(region=region) if region else places
    named = places.exclude(city="")
    if starts_with:
        named = named.filter(city__istartswith=starts_with)
    return _sum_up(named, "city", number_type, has_sms, limit=limit)


def _exchanges_of(country: str, region: str, npa: str = "") -> QuerySet[ExchangeCount]:
    exchanges = ExchangeCount.objects.filter(country=country)
    exchanges = exchanges.filter(region=region) if region else exchanges
    return exchanges.filter(npa=npa) if npa else exchanges


def _sum_up(
    counts: QuerySet[Any], column: str, number_type: str, has_sms: bool, *, limit: int | None = None
) -> list[Choice]:
    counts = counts.filter(number_type=number_type) if number_type else counts
    counted = "with_sms" if has_sms else "available"
    counts = counts.filter(**{f"{counted}__gt": 0})
    rows = counts.values_list(column).annotate(n=Sum(counted)).order_by(column)[:limit]
    return [Choice(value, value, n) for value, n in rows]
