"""The price list that a new platform begins with: setup, month and inbound minute in US dollars."""

from decimal import Decimal

from stock.models import NumberType

Terms = tuple[Decimal, Decimal, Decimal]


def _terms(setup: str, monthly: str, minute: str) -> Terms:
    return Decimal(setup), Decimal(monthly), Decimal(minute)


# What a dollar of a price costs in each currency we sell in.
PER_DOLLAR = {"USD": Decimal(1), "EUR": Decimal("0.90"), "GBP": Decimal("0.78")}

# A month of one more channel than those that come with a number.
CHANNEL = Decimal("0.80")

NAMED: dict[tuple[str, NumberType], Terms] = {
    ("US", NumberType.GEOGRAPHIC): _terms("1.00", "1.20", "0.0085"),
    ("US", NumberType.TOLL_FREE): _terms("1.00", "2.50", "0.0240"),
    ("CA", NumberType.GEOGRAPHIC): _terms("1.00", "1.30", "0.0090"),
    ("CA", NumberType.TOLL_FREE): _terms("1.00", "2.50", "0.0240"),
    ("GB", NumberType.GEOGRAPHIC): _terms("1.00", "2.80", "0.0100"),
    ("GB", NumberType.TOLL_FREE): _terms("5.00", "6.00", "0.0550"),
    ("DE", NumberType.GEOGRAPHIC): _terms("1.50", "2.90", "0.0110"),
    ("FR", NumberType.GEOGRAPHIC): _terms("1.50", "2.90", "0.0110"),
}
# Countries and types that are not named above.
ABROAD: dict[NumberType, Terms] = {
    NumberType.GEOGRAPHIC: _terms("2.00", "3.00", "0.0120"),
    NumberType.NATIONAL: _terms("2.00", "4.00", "0.0150"),
    NumberType.MOBILE: _terms("3.00", "6.00", "0.0180"),
    NumberType.TOLL_FREE: _terms("8.00", "12.00", "0.0900"),
}
