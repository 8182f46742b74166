"""Which value-added tax a tenant pays: by its country, its VAT number, and ours.

Digital services are taxed where the customer is (Directive 2006/112/EC, articles 44, 58 and 196).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from babel import Locale

from stock.models import VatRate
from tenants.models import Tenant
from tenants.platform_settings import read_text

# Greece writes EL in VAT numbers, and GR everywhere else.
EU = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
        "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip
NOTHING = Decimal(0)


class RateMissing(Exception):
    """Tax is owed and nobody has entered how much. Selling without it would be at our cost."""


@dataclass(frozen=True, slots=True)
class Vat:
    """A rate in percent, and why it is that rate, in words for the customer."""

    percent: Decimal
    note: str

    def on(self, amount: int) -> int:
        """Return the tax on `amount`, both in minor units. Rounded once for each line."""
        return int((amount * self.percent / 100).quantize(Decimal(1), ROUND_HALF_UP))


def vat_of(tenant: Tenant, *, at: datetime) -> Vat:
    """Return the tax of what `tenant` buys at `at`. Raises RateMissing."""
    seller = read_text("tax.seller_country")
    country = tenant.country
    if seller not in EU or country not in EU:
        return _domestic(country, at=at) if country == seller else Vat(NOTHING, _outside(country))
    if country != seller and tenant.vat_number:
        return Vat(NOTHING, f"Reverse charge: you account for the VAT of {_name(country)}.")
    return _domestic(country, at=at)


def _domestic(country: str, *, at: datetime) -> Vat:
    rate = VatRate.objects.filter(country=country, valid__contains=at.date()).first()
    if not rate:
        raise RateMissing(
            f"No VAT rate is on record at present ({_name(country)}). Nothing can be sold there "
            "until the operator of this platform has entered it."
        )
    return Vat(rate.percent, f"VAT {rate.percent.normalize():f} % ({_name(country)})")


def _outside(country: str) -> str:
    return f"No VAT: {_name(country)} is outside the area in which we charge it."


def _name(country: str) -> str:
    return str(Locale("en").territories.get(country, country))
