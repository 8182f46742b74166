"""Which value-added tax a tenant pays: by its country, its VAT number, and ours.

Digital services are taxed where the customer is (Directive 2006/112/EC, articles 44, 58 and 196).
Northern Ireland counts as the United Kingdom, as it does for services. Territories with rules of
their own inside a country (the Canary Islands, Monaco and the like) are not told apart.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from stock.models import VatRate
from stock.regions import country_name
from tenants.models import Tenant
from tenants.platform_settings import read_text

EU = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
        "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip
# Where value-added tax, or a tax like it, is owed on what we sell: a rate must be on record.
TAXED = EU | {"AU", "CH", "GB", "NO", "SG"}
NOTHING = Decimal(0)


class RateMissing(Exception):
    """Tax is owed and nobody has entered how much. Selling without it would be at our cost."""


@dataclass(frozen=True, slots=True)
class Vat:
    """A rate in percent, and why it is that rate, in words for the customer."""

    percent: Decimal
    note: str

    def on(self, amount: int) -> int:
        """Return the tax on `amount`, both in minor units. Rounded once for each line, half up."""
        return int((amount * self.percent / 100).quantize(Decimal(1), ROUND_HALF_UP))


def vat_of(tenant: Tenant, *, at: datetime) -> Vat:
    """Return the tax of what `tenant` buys at `at`; its own clock says which day that is.

    Raises RateMissing.
    """
    seller, buyer = read_text("tax.seller_country"), tenant.country
    name = country_name(buyer)
    if buyer != seller and not {buyer, seller} <= EU:
        return Vat(NOTHING, f"No VAT: outside the area in which we charge it ({name})")
    if buyer != seller and tenant.vat_number:
        return Vat(NOTHING, f"Reverse charge: you account for the VAT ({name})")
    return _rate_of(buyer, on=at.astimezone(ZoneInfo(tenant.time_zone)).date())


def _rate_of(country: str, *, on: date) -> Vat:
    rate = VatRate.objects.filter(country=country, valid__contains=on).first()
    name = country_name(country)
    if rate:
        return Vat(rate.percent, f"VAT {rate.percentage} ({name})")
    if country in TAXED or VatRate.objects.filter(country=country).exists():
        raise RateMissing(
            f"No VAT rate is on record for {date_format(on, 'M j, Y')} ({name}). Nothing can be "
            "sold there until the operator of this platform has entered it."
        )
    return Vat(NOTHING, f"No VAT: none that we charge ({name})")
