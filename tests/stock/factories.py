"""Numbers of the stock, and what they need around them."""

from datetime import UTC, datetime
from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from carriers.models import Connection
from lifecycle.actors import SYSTEM, done_by
from stock.models import NumberType, Price, PriceList, Sku, StockNumber
from stock.revising import Terms
from tests.conftest import NOON

# Long before every test.
BEGINNING = datetime(2025, 1, 1, tzinfo=UTC)
GERMANY = ("DE", "geographic")


def make_connection(**changes):
    fields = {"name": "Sandbox", "driver": "sandbox"} | changes
    return Connection.objects.get_or_create(name=fields.pop("name"), defaults=fields)[0]


def make_sku(**changes):
    fields = {
        "code": "US-GEO",
        "name": "United States, geographic",
        "country": "US",
        "number_type": NumberType.GEOGRAPHIC,
    } | changes
    return Sku.objects.get_or_create(code=fields.pop("code"), defaults=fields)[0]


def make_price(sku=None, *, currency="USD", **changes):
    fields = {
        "setup_price": 100,
        "monthly_price": 120,
        "inbound_minute_rate": Decimal("0.0085"),
        "valid": DateTimeTZRange(BEGINNING, None),
        "set_at": BEGINNING,
        **done_by(SYSTEM),
    } | changes
    listed, _ = PriceList.objects.get_or_create(
        currency=currency, group=None, defaults={"name": currency}
    )
    return Price.objects.update_or_create(
        price_list=listed, sku=sku or make_sku(), defaults=fields
    )[0]


def make_number(*, digits="15015550100", **changes):
    """Return a number of Little Rock, Arkansas, offered by the sandbox unless told otherwise."""
    fields = {
        "state": "available",
        "state_changed_at": NOON,
        "country": "US",
        "region": "AR",
        "npa": "501",
        "nxx": "555",
        "city": "Little Rock",
        "rate_center": "LITTLEROCK",
        "number_type": NumberType.GEOGRAPHIC,
        "has_sms": True,
        "setup_cost": Decimal("0.20"),
        "monthly_cost": Decimal("0.40"),
        "cost_currency": "USD",
        "offered_at": NOON,
    }
    fields |= {"sku": changes.pop("sku", None) or make_sku()}
    fields |= {"connection": changes.pop("connection", None) or make_connection()}
    return StockNumber.objects.create(digits=digits, **fields | changes)


def make_terms(**changes):
    """Return what might be asked of the holder of a geographic number in Germany."""
    asked = {
        "identity": "any",
        "address": "city",
        "documents": ("Passport", "Proof of address"),
        "needs_registration": True,
        "notes": "A flat in the area.",
    }
    return Terms(**asked | changes)
