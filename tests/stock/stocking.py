"""Numbers that the sandbox offers, and purchases of them for our own stock."""

from stock import restocking, stocking
from stock.models import StockPurchaseLine
from tests.conftest import NOON
from tests.purchase.factories import offered
from tests.stock.factories import make_connection, make_number
from tests.stock.pricing import OLGA


def offer_here(ending="", *, count=1, **changes):
    """Put what the sandbox offers into the stock, and return the digits."""
    changes.setdefault("connection", make_connection(quarantine_seconds=600))
    digits = offered(ending, count=count)
    return [make_number(digits=one, **changes).digits for one in digits]


def buy(digits, *, at=NOON):
    quote = restocking.quote_numbers(digits, at=at)
    return restocking.buy_for_stock(quote, actor=OLGA, at=at)


def sweep(*, at=NOON):
    stocking.settle_stock_lines(at=at)


def line_of(purchase):
    return StockPurchaseLine.objects.get(purchase=purchase)
