"""What the addresses of numbers and kinds are made of: anything else is no page."""

from django.urls.converters import StringConverter

from stock.models import NumberType


class DigitsConverter(StringConverter):
    """A number, calling code first. The address may carry the plus."""

    regex = r"\+?[0-9]{1,15}"

    def to_python(self, value: str) -> str:
        return value.removeprefix("+")


class CountryConverter(StringConverter):
    regex = "[A-Z]{2}"


class NumberTypeConverter(StringConverter):
    regex = "|".join(NumberType.values)
