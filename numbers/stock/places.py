"""Checking what people type about places against the numbering plan."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from phonenumbers import region_codes_for_country_code

from stock.digits import NORTH_AMERICA, calling_code
from stock.models import Exchange, NumberType, PlaceCount, PlaceLevel
from stock.regions import country_in_text, region_name


class NoSuchPlace(Exception):
    """The plan has no such place where it was looked for. The message says what it has."""


def check_area_code(npa: str, *, country: str, region: str, number_type: str) -> None:
    """Raises NoSuchPlace unless it is an area code of the country, the region and the type."""
    if _is_north_american(country) and not re.fullmatch(r"[2-9]\d\d", npa):
        raise NoSuchPlace("An area code has three digits and begins with 2 to 9, like 501.")
    found = Exchange.objects.filter(npa=npa, country__in=_of_same_code(country))
    kinds = set(found.values_list("country", "region", "number_type"))
    if not kinds:
        raise NoSuchPlace(f"There is no area code {npa}. Check its digits.")
    places = {(land, state) for land, state, kind in kinds if kind == number_type}
    if not places:
        [*_, kind] = min(kinds)
        raise NoSuchPlace(
            f"{npa} is an area code of {NumberType(kind).label.lower()} numbers. Choose that "
            "number type, or another area code."
        )
    if not any(land == country and state in {region or state, ""} for land, state in places):
        where = " and ".join(sorted(_named(*place) for place in places))
        raise NoSuchPlace(f"{npa} is an area code of {where}, not of {_named(country, region)}.")


def check_exchange(nxx: str, *, country: str, npa: str, number_type: str) -> None:
    """Raises NoSuchPlace unless the area code has that exchange, as far as the plan can tell."""
    if _is_north_american(country):
        if not re.fullmatch(r"[2-9]\d\d", nxx):
            raise NoSuchPlace(
                "An exchange (NXX) has three digits and begins with 2 to 9, like 555."
            )
        if nxx.endswith("11"):
            raise NoSuchPlace(
                f"{nxx} is a service code, as 911 is, and no exchange. Choose another one."
            )
    planned = Exchange.objects.filter(country=country, npa=npa, nxx=nxx)
    if npa and number_type == NumberType.GEOGRAPHIC and not planned.exists():
        raise NoSuchPlace(f"There is no exchange {npa}-{nxx}. Check its digits.")


def spell(typed: str, *, level: PlaceLevel, country: str, region: str) -> str:
    """Return a city or rate center as it is written. Raises NoSuchPlace with what is near."""
    counted = PlaceCount.objects.filter(
        country=country, number_type=NumberType.GEOGRAPHIC, level=level
    )
    counted = counted.filter(region=region) if region else counted
    if known := counted.filter(name__iexact=typed).values_list("name", flat=True).first():
        return known
    # The rest takes long, and is for what is misspelt or has no numbers at present.
    names = {name.lower(): name for name in counted.values_list("name", flat=True).distinct()}
    if known := names.get(typed.lower()) or _planned(typed, level, country, region):
        return known
    near = [names[name] for name in get_close_matches(typed.lower(), names, n=3, cutoff=0.6)]
    hint = f"Did you mean {' or '.join(near)}?" if near else "Check its spelling."
    what = f"{PlaceLevel(level).label.lower()} “{typed}”"
    raise NoSuchPlace(f"There is no {what} in {_named(country, region)}. {hint}")


def _planned(typed: str, level: PlaceLevel, country: str, region: str) -> str | None:
    planned = Exchange.objects.filter(country=country, **{f"{level}__iexact": typed})
    planned = planned.filter(region=region) if region else planned
    found: str | None = planned.values_list(level, flat=True).first()
    return found


def _of_same_code(country: str) -> Sequence[str]:
    """Return the countries that share the country's area codes."""
    return region_codes_for_country_code(int(calling_code(country)))


def _is_north_american(country: str) -> bool:
    return calling_code(country) == NORTH_AMERICA


def _named(country: str, region: str) -> str:
    return region_name(country, region) if region else country_in_text(country)
