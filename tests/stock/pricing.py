"""Price lists, costs and files of them."""

from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from lifecycle.actors import SYSTEM, Actor, ActorKind, done_by
from stock import importing
from stock.models import Cost, ExchangeRate, Price, PriceList
from stock.price_sheet import HEADER
from stock.repricing import PriceTerms
from tenants.models import TenantGroup
from tests.conftest import NOON
from tests.stock.factories import BEGINNING, make_connection, make_price, make_sku

OLGA = Actor(ActorKind.STAFF, SYSTEM.reference, "Olga")


def make_list(currency="USD", *, group=None, name="Standard USD"):
    return PriceList.objects.get_or_create(currency=currency, group=group, defaults={"name": name})[
        0
    ]


def make_terms(**changes):
    fields = {
        "setup_price": 100,
        "monthly_price": 120,
        "quarter_price": None,
        "half_year_price": None,
        "year_price": None,
        "minimum_months": 1,
        "channel_price": 80,
        "inbound_minute_rate": Decimal("0.0085"),
        "connect_rate": Decimal(0),
        "first_increment_seconds": 60,
        "next_increment_seconds": 1,
    }
    return PriceTerms(**fields | changes)


def make_cost(sku=None, *, connection=None, begins_at=BEGINNING, ends_at=None, **changes):
    fields = {"setup_cost": Decimal("0.20"), "monthly_cost": Decimal("0.40"), "currency": "USD"}
    return Cost.objects.create(
        connection=connection or make_connection(),
        sku=sku or make_sku(),
        valid=DateTimeTZRange(begins_at, ends_at),
        set_at=BEGINNING,
        **done_by(SYSTEM),
        **fields | changes,
    )


def make_rate(currency, per_dollar):
    rate, _ = ExchangeRate.objects.update_or_create(
        currency=currency, defaults={"per_dollar": Decimal(per_dollar), "changed_at": NOON}
    )
    return rate


def prices_of(price_list, *, sku=None):
    """Return when each price begins and ends, and what a month costs, earliest first."""
    found = Price.objects.filter(price_list=price_list).order_by("valid")
    found = found.filter(sku=sku) if sku else found
    return [(one.valid.lower, one.valid.upper, one.monthly_price) for one in found]


def price_row(sku="US-GEO", **changes):
    """Return a row of a price file as a spreadsheet writes it."""
    cells = {
        "sku": sku,
        "valid_from": "",
        "valid_until": "",
        "currency": "USD",
        "setup": "1.00",
        "month": "1.20",
        "channel": "0.80",
        "inbound_minute": "0.0085",
        "connection_fee": "0",
        "minimum_months": "1",
        "first_seconds": "60",
        "next_seconds": "1",
    } | changes
    return ",".join(cells.get(column, "") for column in HEADER)


def price_file(*rows, header=HEADER):
    return "\r\n".join([",".join(header), *rows]).encode()


def plan(content, price_list=None, *, at=NOON):
    return importing.plan_import(
        content, file_name="prices.csv", price_list=price_list, actor=OLGA, at=at
    )


def outcomes(price_import):
    rows = price_import.rows.order_by("line")
    return [(row.line, row.outcome, row.note) for row in rows]


def plant_prices():
    """Return the reference of one thing of each kind that pages about prices are about."""
    sku = make_sku(code="US-NYC", region="NY", city="New York City")
    price, group = make_price(sku), TenantGroup.objects.create(name="Partners")
    cost = make_cost(sku)
    return {
        "price-list": price.price_list.reference,
        "sku": sku.reference,
        "price": price.reference,
        "cost": cost.reference,
        "connection": cost.connection.reference,
        "import": plan(price_file(price_row()), price.price_list).reference,
        "group": group.reference,
    }
