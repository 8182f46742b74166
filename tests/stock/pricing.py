"""Price lists, costs and files of them."""

from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from lifecycle.actors import SYSTEM, Actor, ActorKind, done_by
from stock.models import Cost, ExchangeRate, Price, PriceList
from stock.repricing import PriceTerms
from tests.conftest import NOON
from tests.stock.factories import BEGINNING, make_connection, make_sku

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
