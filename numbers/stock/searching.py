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


def offers_matching(criteria: OfferCriteria) -> QuerySet[StockNumber]:
    """Return the numbers that can be bought and fit; pages of them go by their digits."""
    exact = {
        "country": criteria.country,
        "region": criteria.region,
        "rate_center": criteria.rate_center,
        "city": criteria.city,
        "number_type": criteria.number_type,
    }
    if criteria.npa:
        found = _beginning(criteria)
    else:
        found = StockNumber.objects.available()
        exact["nxx"] = criteria.nxx
    found = found.filter(**{name: value for name, value in exact.items() if value})
    return found.filter(has_sms=True) if criteria.has_sms else found


def _beginning(criteria: OfferCriteria) -> QuerySet[StockNumber]:
    """Say area code and exchange in terms of the column that pages are sorted by.

    In +1 that is all there is to say; saying it twice would make PostgreSQL expect far too little.
    """
    calling_code = phonenumbers.country_code_for_region(criteria.country)
    prefix = f"{calling_code}{criteria.npa}{criteria.nxx}"
    found = StockNumber.objects.available()
    found = found.filter(digits__gte=prefix, digits__lt=prefix + AFTER_DIGITS)
    if calling_code == 1:
        return found
    found = found.filter(npa=criteria.npa)
    return found.filter(nxx=criteria.nxx) if criteria.nxx else found
