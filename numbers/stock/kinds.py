"""Kinds of numbers: what one country sells of one type."""

from stock.models import NumberType
from stock.regions import country_name


def name_of(country: str, number_type: str) -> str:
    """Write a kind for people: Germany, geographic."""
    return f"{country_name(country)}, {NumberType(number_type).label.lower()}"
