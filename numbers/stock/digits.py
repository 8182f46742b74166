"""Phone numbers as people read and type them. The `phone` filter needs no {% load %}."""

import phonenumbers
from django import template

register = template.Library()

# Sorts after every digit, and so after everything that begins as what it is put behind.
AFTER_DIGITS = ":"


# The calling code that its countries share, with one plan of area codes and exchanges.
NORTH_AMERICA = "1"


class NotANumber(Exception):
    """What was typed is no phone number. The message says what to type instead."""


def calling_code(country: str) -> str:
    return str(phonenumbers.country_code_for_region(country))


@register.filter
def phone(digits: str) -> str:
    """Write 12025550123 as +1 202-555-0123."""
    number = phonenumbers.parse(f"+{digits}")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@register.filter
def e164(digits: str) -> str:
    """Write 12025550123 as +12025550123, as machines copy it."""
    return f"+{digits}"


def parse_digits(typed: str, *, country: str = "US") -> str:
    """Return the digits of a whole number in any spelling. Raises NotANumber."""
    try:
        number = phonenumbers.parse(typed, country)
    except phonenumbers.NumberParseException:
        raise NotANumber(
            f"“{typed}” is not a phone number. Write it like +1 202-555-0123."
        ) from None
    if not phonenumbers.is_possible_number(number):
        raise NotANumber(f"“{typed}” has too few or too many digits.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).lstrip("+")
