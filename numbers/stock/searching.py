"""Finding numbers to buy by what they are and where, page by page.

Each kind of question has an index whose rows come in the order of the page, so that an answer
costs the same in a stock of ten million as in one of ten thousand.
"""

from dataclasses import dataclass

import phonenumbers
from django.db.models import QuerySet

from stock.models import NumberType, StockNumber

# Sorts after every digit.
AFTER_DIGITS = ":"


@dataclass(frozen=True, slots=True)
class OfferCriteria:
    """What is looked for; empty means any."""

    country: str
    region: str = ""
    npa: str = ""
    nxx: str = ""
    rate_center: str = ""
    city: str = ""
    has_sms: bool = False
    number_type: str = NumberType.GEOGRAPHIC


def find_offers(
    criteria: OfferCriteria, *, after: str | None = None, limit: int = 50
) -> list[StockNumber]:
    """Return the next numbers by their digits that can be bought and fit."""
    found = offers_matching(criteria)
    if after:
        found = found.filter(digits__gt=after)
    return list(found.order_by("digits")[:limit])


def offers_matching(criteria: OfferCriteria) -> QuerySet[StockNumber]:
    exact = {
        "country": criteria.country,
        "region": criteria.region,
        "npa": criteria.npa,
        "nxx": criteria.nxx,
        "rate_center": criteria.rate_center,
        "city": criteria.city,
        "number_type": criteria.number_type,
    }
    found = StockNumber.objects.available()
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if criteria.has_sms:
        found = found.filter(has_sms=True)
    if criteria.npa:
        # Says once more what `npa` says, in terms of the column that pages are sorted by.
        prefix = f"{_calling_code(criteria.country)}{criteria.npa}{criteria.nxx}"
        found = found.filter(digits__gte=prefix, digits__lt=prefix + AFTER_DIGITS)
    return found


def _calling_code(country: str) -> int:
    return phonenumbers.country_code_for_region(country)
