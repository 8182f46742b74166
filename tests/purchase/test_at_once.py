"""Buyers, browsers and workers with connections of their own, at the same things at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django_tenants.utils import tenant_context

from billing import crediting
from billing.ledger import balance, wallet_balance
from billing.models import Pocket
from billing.wallet import BalanceTooLow
from lifecycle.actors import SYSTEM
from purchase import cart, ordering, settling
from purchase.comparing import FreeNumberChanged
from purchase.models import CartLine, LineState, Order, OrderLine
from purchase.ordering import NothingToBuy
from stock.models import Holding
from stock.reserving import NumberTaken
from tenants.platform_settings import change_setting
from tests.conftest import NOON, find_tenant
from tests.purchase.factories import (
    PRICE,
    ada,
    fill_cart,
    fill_wallet,
    order_numbers,
    place,
    quote_cart,
    stock_up,
)
from tests.stock.factories import make_number, make_price

AT_ONCE = 6

pytestmark = pytest.mark.usefixtures("process_database")


@pytest.fixture(scope="module")
def shops(process_database):
    """Acme and Globex, each with a full wallet and somebody to buy."""
    make_price()
    change_setting("purchase.free_number", 0)
    found = [find_tenant("acme"), find_tenant("globex")]
    for shop in found:
        with tenant_context(shop):
            fill_wallet()
            ada()
    return found


@pytest.fixture
def carts(shops):
    """Leave nothing in the carts: the next test fills them anew."""
    yield
    for shop in shops:
        with tenant_context(shop):
            for digits in CartLine.objects.values_list("digits", flat=True):
                cart.remove(digits, tenant=shop, at=NOON)


def all_at_once(work, *arguments):
    """Run `work(n, *arguments)` in as many threads, begun together."""
    ready = Barrier(AT_ONCE, timeout=60)

    def wait_and_work(n):
        ready.wait()
        try:
            work(n, *arguments)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(wait_and_work, range(AT_ONCE), timeout=60))


def grab(n, shops, digits):
    shop = shops[n % 2]
    with tenant_context(shop):
        cart.add([digits], tenant=shop, actor=ada(), at=NOON)
        try:
            with transaction.atomic():
                ordering.place_order(quote_cart(), tenant=shop, card=None, actor=ada(), at=NOON)
        except (NumberTaken, NothingToBuy):
            return


def test_two_tenants_want_one_number_and_one_gets_it(shops):
    digits = make_number(digits="15015550100", ours_since=NOON).digits

    all_at_once(grab, shops, digits)

    lines = 0
    for shop in shops:
        with tenant_context(shop):
            lines += OrderLine.objects.filter(digits=digits).count()
            assert not CartLine.objects.filter(digits=digits).exists()
    assert lines == 1
    assert Holding.objects.filter(digits=digits).count() == 1


def submit(n, shop, quote):
    with tenant_context(shop):
        ordering.place_order(quote, tenant=shop, card=None, actor=ada(), at=NOON)


def test_one_button_pressed_in_many_tabs_orders_once(shops):
    [acme, _] = shops
    with tenant_context(acme):
        before = wallet_balance("USD")
        fill_cart([make_number(digits="15015550101", ours_since=NOON).digits])
        quote = quote_cart()

    all_at_once(submit, acme, quote)

    with tenant_context(acme):
        assert Order.objects.filter(token=quote.token).count() == 1
        assert wallet_balance("USD") == before - PRICE


def pay_from_one_balance(n, shop, quotes):
    with tenant_context(shop), suppress(BalanceTooLow):
        place(quotes[n])


def test_balance_is_spent_once_from_many_windows(shops, carts):
    [_, globex] = shops
    with tenant_context(globex):
        digits = [make_number(digits=f"1501555020{n}", ours_since=NOON).digits for n in range(6)]
        fill_cart(digits)
        whole = quote_cart()
        quotes = [replace(whole, token=uuid4(), terms={one: whole.terms[one]}) for one in digits]
        spend_down_to(5000 + 2 * PRICE)

    all_at_once(pay_from_one_balance, globex, quotes)

    with tenant_context(globex):
        # Before each order there must be 50.00 in the balance: after three there no longer is.
        assert Order.objects.filter(token__in=[one.token for one in quotes]).count() == 3
        assert wallet_balance("USD") == 5000 - PRICE


def spend_down_to(amount):
    crediting.credit(
        amount - wallet_balance("USD"), "USD", reason="", actor=SYSTEM, reference=uuid4(), at=NOON
    )


def give_free_number(n, shop, quotes):
    with tenant_context(shop), suppress(FreeNumberChanged):
        place(quotes[n])


def test_free_number_is_given_once_to_many_windows(shops, carts):
    [acme, _] = shops
    with tenant_context(acme):
        change_setting("purchase.free_number", 1)
        quotes = [quote_alone(f"1501555030{n}", acme) for n in range(AT_ONCE)]
        fill_cart(one for quote in quotes for one in quote.terms)

    all_at_once(give_free_number, acme, quotes)

    with tenant_context(acme):
        change_setting("purchase.free_number", 0)
        assert OrderLine.objects.filter(is_free=True).count() == 1
        assert Order.objects.filter(token__in=[one.token for one in quotes]).count() == 1


def quote_alone(digits, shop):
    """Quote one number as the whole cart, for free, and let it go again."""
    make_number(digits=digits, ours_since=NOON)
    fill_cart([digits])
    quote = quote_cart()
    cart.remove(digits, tenant=shop, at=NOON)
    return quote


def sweep_twice(n):
    settling.settle_lines(at=NOON)
    settling.settle_lines(at=NOON + timedelta(minutes=1))


def test_many_workers_settle_each_line_once(shops, sandbox_carrier):
    [acme, _] = shops
    with tenant_context(acme):
        before = balance(Pocket.REVENUE, "USD")
        order = order_numbers([*stock_up(count=10), *stock_up("0111"), *stock_up("0113")])

    all_at_once(sweep_twice)

    truth = sandbox_carrier.get("/sandbox/truth")
    assert max(Counter(owned["number"] for owned in truth["owned"]).values()) == 1
    assert len(truth["owned"]) == 12
    with tenant_context(acme):
        states = Counter(order.lines.values_list("state", flat=True))
        assert states == {LineState.DELIVERED: 12}
        assert balance(Pocket.REVENUE, "USD") == before + 12 * PRICE
        assert balance(Pocket.HELD, "USD") == 0
