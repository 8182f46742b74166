"""Buyers with connections of their own, who all want the same numbers at once."""

import itertools
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

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


def buy(buyer: int, *, ready: Barrier) -> list[str]:
    """Try for every pair of neighbours, each buyer in another order; return what was got."""
    tenant = Tenant.objects.order_by("pk")[buyer % 2]
    pairs = list(itertools.pairwise(DIGITS))
    bought: list[str] = []
    ready.wait()
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
        bought += [number.digits for number in held]
    connection.close()
    return bought


def test_no_number_is_sold_twice_and_nobody_waits_for_ever(numbers):
    ready = Barrier(BUYERS, timeout=30)

    with ThreadPoolExecutor(BUYERS) as buyers:
        shares = list(buyers.map(partial(buy, ready=ready), range(BUYERS), timeout=30))

    sold = Counter(digits for share in shares for digits in share)
    assert sold
    assert set(sold.values()) == {1}
    taken = StockNumber.objects.filter(state="reserved").values_list("digits", flat=True)
    assert sorted(taken) == sorted(sold)


def test_signing_moves_needs_a_transaction(numbers, actor):
    with pytest.raises(transaction.TransactionManagementError), acting(actor):
        pass
