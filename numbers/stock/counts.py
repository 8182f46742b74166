"""How many numbers of which place can be bought: the figures beside the choices of a search.

They are read from rollups, which stock/counting.py keeps.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Sum

from stock.models import ExchangeCount, NumberType, PlaceCount, PlaceLevel
from stock.regions import region_name


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter, as people read it, and how many numbers it leaves."""

    value: str
    label: str
    available: int


def kinds() -> dict[str, dict[str, int]]:
    """Return how many numbers of each type each country has, of which there are some."""
    places = PlaceCount.objects.filter(level=PlaceLevel.REGION, available__gt=0)
    found: dict[str, dict[str, int]] = {}
    for country, number_type, available in places.values_list("country", "number_type").annotate(
        n=Sum("available")
    ):
        found.setdefault(country, {})[number_type] = available
    return found


def states(
    country: str, *, number_type: str = NumberType.GEOGRAPHIC, has_sms: bool = False
) -> list[Choice]:
    """Return the country's regions by name; one without a name if it has no regions."""
    choices = _sum_up(_places_of(country, "", PlaceLevel.REGION), "name", number_type, has_sms)
    named = [Choice(c.value, region_name(country, c.value), c.available) for c in choices]
    return sorted(named, key=lambda choice: choice.label)


def area_codes(
    country: str,
    region: str = "",
    *,
    number_type: str = NumberType.GEOGRAPHIC,
    has_sms: bool = False,
) -> list[Choice]:
    places = _places_of(country, region, PlaceLevel.AREA_CODE)
    return _sum_up(places, "name", number_type, has_sms)


def exchanges(
    country: str,
    region: str = "",
    *,
    npa: str,
    number_type: str = NumberType.GEOGRAPHIC,
    has_sms: bool = False,
) -> list[Choice]:
    """Return the exchanges (NXX) of one area code."""
    found = ExchangeCount.objects.filter(country=country, npa=npa)
    found = found.filter(region=region) if region else found
    return _sum_up(found, "nxx", number_type, has_sms)


def rate_centers(
    country: str,
    region: str = "",
    *,
    number_type: str = NumberType.GEOGRAPHIC,
    has_sms: bool = False,
) -> list[Choice]:
    places = _places_of(country, region, PlaceLevel.RATE_CENTER)
    return _sum_up(places, "name", number_type, has_sms)


def cities(
    country: str,
    region: str = "",
    *,
    starts_with: str = "",
    number_type: str = NumberType.GEOGRAPHIC,
    has_sms: bool = False,
    limit: int = 20,
) -> list[Choice]:
    """Return the first cities by name; `starts_with` in any case."""
    named = _places_of(country, region, PlaceLevel.CITY)
    named = named.filter(name__istartswith=starts_with) if starts_with else named
    return _sum_up(named, "name", number_type, has_sms, limit=limit)


def of_place(
    country: str, region: str = "", *, level: PlaceLevel, name: str, number_type: str = ""
) -> int:
    """Return how many numbers one place has; `number_type` empty for all."""
    places = _places_of(country, region, level).filter(name=name)
    places = places.filter(number_type=number_type) if number_type else places
    return int(places.aggregate(n=Sum("available", default=0))["n"])


def _places_of(country: str, region: str, level: PlaceLevel) -> QuerySet[PlaceCount]:
    places = PlaceCount.objects.filter(country=country, level=level)
    return places.filter(region=region) if region else places


def _sum_up(
    counts: QuerySet[Any], column: str, number_type: str, has_sms: bool, *, limit: int | None = None
) -> list[Choice]:
    counts = counts.filter(number_type=number_type) if number_type else counts
    counted = "with_sms" if has_sms else "available"
    counts = counts.filter(**{f"{counted}__gt": 0})
    rows = counts.values_list(column).annotate(n=Sum(counted)).order_by(column)[:limit]
    return [Choice(value, value, n) for value, n in rows]
