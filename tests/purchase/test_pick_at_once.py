"""Buyers who pick by quantity and by name, with connections of their own, all at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from purchase import cart, picking
from purchase.models import CartLine
from purchase.picking import PlaceWish
from stock import counting
from stock.coverage import Place
from stock.models import StockNumber
from tests.conftest import NOON, find_tenant
from tests.purchase.factories import ada, violations
from tests.stock.factories import make_number, make_price, make_sku

AT_ONCE = 8
SHELF = [f"150155501{n:02}" for n in range(40)]

pytestmark = pytest.mark.usefixtures("process_database")


@pytest.fixture(scope="module")
def shops(process_database):
    """Acme and Globex, which pay in dollars, and forty numbers of Little Rock."""
    make_price()
    for digits in SHELF:
        make_number(digits=digits)
    counting.rebuild()
    found = [find_tenant("acme"), find_tenant("globex")]
    for shop in found:
        with tenant_context(shop):
            ada()
    return found


def at_once(work, shops):
    """Run `work(n, shop)` in as many threads, begun together."""
    ready = Barrier(AT_ONCE, timeout=60)

    def wait_and_work(n):
        shop = shops[n % 2]
        ready.wait()
        try:
            with tenant_context(shop):
                work(n, shop)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(wait_and_work, range(AT_ONCE), timeout=60))


def shop_around(n, shop):
    """Pick some by quantity, or want every single one by its name; half of them do either."""
    place = Place("US", "Little Rock", "AR", "501", "geographic", make_sku().reference)
    for turn in range(4):
        if n // 2 % 2:
            cart.add(SHELF[turn * 10 : turn * 10 + 10], tenant=shop, actor=ada(), at=NOON)
        else:
            picking.pick(
                [PlaceWish(place, 3, 2, 1)],
                service="",
                token=uuid4(),
                tenant=shop,
                actor=ada(),
                at=NOON,
            )


def test_nobody_waits_for_ever_and_holds_and_lines_agree(shops):
    at_once(shop_around, shops)

    lines = []
    for shop in shops:
        with tenant_context(shop):
            mine = list(CartLine.objects.values_list("digits", flat=True))
            reserved = StockNumber.objects.filter(state="reserved", reserved_for=shop)
            assert sorted(mine) == sorted(reserved.values_list("digits", flat=True))
            assert violations() == []
            lines += mine
    assert sorted(lines) == SHELF


def let_go(n, shop):
    """Remove single numbers, one after the other, while others do the same."""
    for digits in CartLine.objects.order_by("-digits").values_list("digits", flat=True)[::2]:
        cart.remove(digits, tenant=shop, at=NOON)


def test_a_pick_whose_last_numbers_go_at_once_goes_too(shops):
    at_once(let_go, shops)
    at_once(let_go, shops)

    for shop in shops:
        with tenant_context(shop):
            assert violations() == []
