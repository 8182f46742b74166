"""Buyers in processes of their own, who all want the same numbers at once."""

import itertools
import multiprocessing
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction

from stock import reserving
from stock.models import StockNumber
from stock.moving import acting
from tenants.models import Tenant
from tests.conftest import NOON
from tests.stock.factories import make_number

DIGITS = [f"150155501{n:02d}" for n in range(12)]
BUYERS = 6

pytestmark = pytest.mark.usefixtures("process_database")


@pytest.fixture(scope="module")
def numbers(process_database):
    for digits in DIGITS:
        make_number(digits=digits)
    return DIGITS


def buy(buyer: int, go, bought) -> None:
    """Try for every pair of neighbours, each buyer in another order. Runs in a child process."""
    tenant = Tenant.objects.order_by("pk")[buyer % 2]
    pairs = list(itertools.pairwise(DIGITS))
    go.wait()
    for first, second in [*pairs[buyer:], *pairs[:buyer]]:
        pair = [second, first] if buyer % 2 else [first, second]
        try:
            with transaction.atomic():
                held = reserving.hold_for_cart(
                    pair, tenant=tenant, until=NOON + timedelta(minutes=buyer), at=NOON
                )
                reserving.take_for_order(pair, tenant=tenant, at=NOON - timedelta(seconds=1))
        except reserving.NumberTaken:
            continue
        bought.put([number.digits for number in held])
    connection.close()


def test_no_number_is_sold_twice_and_nobody_waits_for_ever(numbers):
    connection.close()
    context = multiprocessing.get_context("fork")
    go, bought = context.Event(), context.Queue()
    buyers = [context.Process(target=buy, args=(n, go, bought)) for n in range(BUYERS)]
    for buyer in buyers:
        buyer.start()
    go.set()
    for buyer in buyers:
        buyer.join(timeout=30)

    assert [buyer.exitcode for buyer in buyers] == [0] * BUYERS
    sold: Counter[str] = Counter()
    while not bought.empty():
        sold.update(bought.get())
    assert sold
    assert set(sold.values()) == {1}
    taken = StockNumber.objects.filter(state="reserved").values_list("digits", flat=True)
    assert sorted(taken) == sorted(sold)


def test_signing_moves_needs_a_transaction(numbers, actor):
    with pytest.raises(transaction.TransactionManagementError), acting(actor):
        pass
