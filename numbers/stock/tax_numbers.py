"""Tax numbers as people type them: those of the European Union are checked, others are kept.

Form and check digit only. Whether a number is registered, nobody is asked.
"""

import re

from stdnum import get_cc_module
from stdnum.exceptions import InvalidChecksum, ValidationError

from stock.regions import country_name
from stock.vat import EU

# Greece writes EL in VAT numbers, and GR everywhere else.
GREECE, GREEK = "GR", "EL"
# What a VAT number of each country looks like, shown to whoever typed something else.
LOOKS = {
    "AT": "ATU12345678",
    "BE": "BE0123456789",
    "BG": "BG123456789 or BG1234567890",
    "CY": "CY12345678X",
    "CZ": "CZ12345678, with 8 to 10 digits",
    "DE": "DE123456789",
    "DK": "DK12345678",
    "EE": "EE123456789",
    "ES": "ESX1234567X, with a letter at one end or both",
    "FI": "FI12345678",
    "FR": "FR12345678901, where the first two may be letters",
    "GR": "EL123456789",
    "HR": "HR12345678901",
    "HU": "HU12345678",
    "IE": "IE1234567X or IE1234567XX",
    "IT": "IT12345678901",
    "LT": "LT123456789 or LT123456789012",
    "LU": "LU12345678",
    "LV": "LV12345678901",
    "MT": "MT12345678",
    "NL": "NL123456789B01",
    "PL": "PL1234567890",
    "PT": "PT123456789",
    "RO": "RO12345678, with 2 to 10 digits",
    "SE": "SE123456789001",
    "SI": "SI12345678",
    "SK": "SK1234567890",
}
SEPARATORS = re.compile(r"[\s./,:·_‐-―-]")  # noqa: RUF001 - people type every kind of dash
# As long as the longest that any country gives, and as the column is wide.
COMPACT = re.compile(r"[A-Z0-9]{2,16}")


class NotATaxNumber(Exception):
    """What was typed cannot be a tax number of the country. The message says why."""


def read_tax_number(typed: str, *, country: str) -> str:
    """Return a number without separators, in the Union with its country's letters: DE136695976.

    Raises NotATaxNumber.
    """
    compact = SEPARATORS.sub("", typed).upper()
    if country in EU:
        return _prefix(country) + _read_vat_number(compact, country)
    if not COMPACT.fullmatch(compact):
        raise NotATaxNumber("A tax number has 2 to 16 letters and digits.")
    return compact


def _read_vat_number(compact: str, country: str) -> str:
    """Return the number without its country's letters."""
    if not COMPACT.fullmatch(compact):
        raise NotATaxNumber(_looks(country))
    try:
        return _validate(compact, country)
    except ValidationError as wrong:
        home = GREECE if compact[:2] == GREEK else compact[:2]
        if home in EU and home != country:
            raise NotATaxNumber(
                f"This number is from another country ({country_name(home)}). Enter the one of "
                f"your own ({country_name(country)})."
            ) from None
        if isinstance(wrong, InvalidChecksum):
            raise NotATaxNumber(
                "The check digit does not fit: look for a typing mistake."
            ) from None
        raise NotATaxNumber(_looks(country)) from None


def _validate(compact: str, country: str) -> str:
    # Letters that belong to no number of the country are its prefix; the library knows which.
    number: str = get_cc_module(country.lower(), "vat").validate(compact)  # type: ignore[union-attr]
    return number.removeprefix(_prefix(country))


def _prefix(country: str) -> str:
    return GREEK if country == GREECE else country


def _looks(country: str) -> str:
    return f"A VAT number of your country ({country_name(country)}) looks like {LOOKS[country]}."
