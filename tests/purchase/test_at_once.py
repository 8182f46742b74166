"""Buyers, browsers and workers with connections of their own, at the same things at once."""

import time
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
from purchase import cart, changing, ordering, settling
from purchase.comparing import FreeNumberChanged
from purchase.models import CartLine, LineState, Order, OrderLine
from purchase.ordering import NothingToBuy
from stock.models import Holding, StockNumber
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


def add_three(n, shop, digits):
    with tenant_context(shop):
        cart.add(digits[3 * n : 3 * n + 3], tenant=shop, actor=ada(), at=NOON)


def test_many_tabs_together_fill_one_cart_to_its_limit(shops, carts):
    [acme, _] = shops
    change_setting("purchase.largest_cart", 5)
    digits = [make_number(digits=f"150155504{n:02}").digits for n in range(3 * AT_ONCE)]

    all_at_once(add_three, acme, digits)

    change_setting("purchase.largest_cart", 100)
    with tenant_context(acme):
        assert CartLine.objects.count() == 5
    assert StockNumber.objects.filter(digits__in=digits, state="reserved").count() == 5


def hold_again(n, shop, digits):
    with tenant_context(shop):
        cart.add(digits, tenant=shop, actor=ada(), at=NOON + timedelta(minutes=n))


def test_number_held_in_many_tabs_is_held_from_the_first(shops, carts):
    [acme, _] = shops
    digits = make_number(digits="15015550500").digits

    all_at_once(hold_again, acme, [digits])

    with tenant_context(acme):
        line = CartLine.objects.get(digits=digits)
        assert line.held_until - line.held_since == cart.hold_time()
        assert StockNumber.objects.get(digits=digits).reserved_until == line.held_until


def take_the_nearest(shop, digits, other):
    try:
        with tenant_context(shop):
            changing.replace(digits, by=other, tenant=shop, actor=ada(), at=NOON)
    finally:
        connection.close()


def wait_for_somebody_who_waits():
    waiting = "select exists (select from pg_locks where not granted and database = (select oid"
    ends = time.monotonic() + 4
    with connection.cursor() as cursor:
        while time.monotonic() < ends:
            cursor.execute(f"{waiting} from pg_database where datname = current_database()))")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    pytest.fail("nobody waits")


def test_taking_the_nearest_waits_for_who_holds_the_number_again(shops, carts):
    [acme, _] = shops
    lapsed, other = (make_number(digits=f"1501555060{n}").digits for n in range(2))
    with tenant_context(acme), ThreadPoolExecutor(1) as pool:
        cart.add([lapsed], tenant=acme, actor=ada(), at=NOON - timedelta(hours=1))
        with transaction.atomic():
            cart.lock()
            replaced = pool.submit(take_the_nearest, acme, lapsed, other)
            wait_for_somebody_who_waits()
            again = cart.add([lapsed], tenant=acme, actor=ada(), at=NOON)
        replaced.result(timeout=10)

        assert again.digits == [lapsed]
        assert CartLine.objects.get().digits == other


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
    settling.settle_lines(at=NOON)
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
