"""Staff and syncs with connections of their own, who change prices and SKUs at once."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier, Event

import pytest
from django.db import connection, transaction

from carriers.driver import Offer
from stock import fitting, importing, merging, repricing, restocking, skus
from stock.importing import ImportOver
from stock.loading import load_plan
from stock.models import Price, PriceImport, StockNumber, StockPurchase
from stock.numbering_plan import PlanRow
from stock.restocking import NoLongerOffered
from tests.conftest import NOON
from tests.stock.factories import make_connection, make_number, make_price, make_sku
from tests.stock.pricing import OLGA, make_list, make_terms, plan, price_file, price_row, prices_of

SECOND = timedelta(seconds=1)
PEOPLE = 4

pytestmark = pytest.mark.usefixtures("process_database")


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Run the deeds at the same time, each with a connection of its own; refusals are outcomes."""
    ready = Barrier(len(deeds), timeout=30)

    def run(deed: Callable[[], object]) -> object:
        ready.wait()
        try:
            return deed()
        except (ImportOver, NoLongerOffered) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as people:
        return list(people.map(run, deeds, timeout=60))


def test_price_changes_at_once_follow_one_another(process_database):
    listed, sku = make_list(), make_sku(code="US-AR", region="AR")
    make_price(sku)

    at_once(
        *(
            partial(
                repricing.set_price,
                *(listed, sku, make_terms(monthly_price=200 + n)),
                actor=OLGA,
                at=NOON + n * SECOND,
            )
            for n in range(PEOPLE)
        )
    )

    lowers, uppers, months = zip(*prices_of(listed, sku=sku), strict=True)
    assert lowers[1:] == uppers[:-1]
    assert uppers[-1] is None
    assert months[-1] == 200 + PEOPLE - 1


def test_a_file_applied_twice_at_once_is_applied_once(process_database):
    make_price()
    listed = make_list()
    sent = plan(price_file(price_row(month="7.77")), listed, at=NOON + timedelta(days=1))

    found = at_once(
        *(
            partial(
                importing.apply_import, PriceImport.objects.get(pk=sent.pk), actor=OLGA, at=when
            )
            for when in [NOON + timedelta(days=1, minutes=n) for n in range(2)]
        )
    )

    assert sorted(type(one).__name__ for one in found) == ["ImportOver", "NoneType"]
    assert Price.objects.filter(monthly_price=777).count() == 1
    assert isinstance(next(filter(None, found)), ImportOver)


def test_one_number_is_bought_for_our_stock_once(process_database):
    digits = [f"150155502{n:02d}" for n in range(3)]
    for one in digits:
        make_number(digits=one)
    quotes = [restocking.quote_numbers(digits, at=NOON) for _ in range(PEOPLE)]

    found = at_once(
        *(partial(restocking.buy_for_stock, quote, actor=OLGA, at=NOON) for quote in quotes)
    )

    bought = [one for one in found if isinstance(one, StockPurchase)]
    assert len(bought) == 1
    assert bought[0].lines.count() == 3
    assert sum(isinstance(one, NoLongerOffered) for one in found) == PEOPLE - 1


def test_two_clicks_at_once_are_one_purchase(process_database):
    quote = restocking.quote_numbers([make_number(digits="15015550300").digits], at=NOON)

    first, second = at_once(
        *(partial(restocking.buy_for_stock, quote, actor=OLGA, at=NOON) for _ in range(2))
    )

    assert isinstance(first, StockPurchase)
    assert first == second
    assert first.lines.count() == 1


def test_a_new_sku_waits_for_a_sync_and_misses_none_of_its_numbers(process_database):
    load_plan([PlanRow("1212202", "US", "NY", "212", "202", "New York City", "", "", "geographic")])
    make_sku()
    staged, added = Event(), Event()

    def sync() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            merging.stage(cursor, [offer("+12122020100")])
            staged.set()
            # As long as the page is not merged, nobody may add the SKU it has not seen.
            assert not added.wait(timeout=1)
            merging.merge_staged(cursor, connection_id=make_connection().pk, at=NOON)

    def add() -> None:
        assert staged.wait(timeout=30)
        place = {"country": "US", "number_type": "geographic", "region": "NY"}
        skus.add_sku(code="US-NYC", name="x", city="New York City", **place, actor=OLGA, at=NOON)
        added.set()

    with ThreadPoolExecutor(2) as people:
        deeds: list[Future[None]] = [people.submit(deed) for deed in (sync, add)]
        assert [deed.result(timeout=60) for deed in deeds] == [None, None]
    fitting.fit_numbers(at=NOON)

    assert StockNumber.objects.get(digits="12122020100").sku.code == "US-NYC"


def offer(number):
    place = {"region": "NY", "npa": "212", "nxx": "202", "locality": "", "rate_center": ""}
    return Offer(
        number=number,
        country="US",
        number_type="geographic",
        features=frozenset({"voice"}),
        setup=0,
        monthly=0,
        currency="USD",
        **place,
    )
