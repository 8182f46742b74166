"""Whatever is done to a cart, in whatever order and in two windows: no hold is left behind."""

from contextlib import contextmanager, suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from billing import ledger, payments
from billing.models import Pocket
from billing.wallet import BalanceTooLow
from desk.invariants import of_tenant
from purchase import buying_again, cancelling, cart, changing, charging, ordering, picking, quotes
from purchase.changing import NotHeld, NotInCart, PeriodTooShort
from purchase.comparing import Outdated
from purchase.models import CartLine, CartPick, LineState, Order, OrderLine
from purchase.ordering import NotFree, NothingToBuy
from purchase.picking import PlaceWish
from stock import counting, reserving
from stock.coverage import Place
from stock.models import ReservedBecause, StockNumber, StockState
from stock.reserving import NumberTaken
from tenants.platform_settings import change_setting
from tests.billing.factories import add_card
from tests.conftest import NOON
from tests.purchase.factories import ada, ask, fill_wallet, pay_by_card, sweep, tax
from tests.stock.factories import make_number, make_price, make_sku

FUNDS = 8_000
DIGITS = [f"1501555010{n}" for n in range(5)]
LONGER = "14165550100"
# What the product says no to, in words; each leaves everything as it was.
REFUSALS = (
    *(NumberTaken, NotHeld, NotInCart, PeriodTooShort),
    *(NothingToBuy, NotFree, Outdated, BalanceTooLow),
)

some_number = st.sampled_from([*DIGITS, LONGER])
some_months = st.sampled_from([1, 3, 6, 12])
some_channels = st.integers(2, 5)
some_quantity = st.integers(1, 4)
some_payer = st.sampled_from(["balance", "card", "declined"])


def fill_shop(tenant):
    """Put numbers of ours on sale, one of them for half years only, for a cart of five."""
    change_setting("purchase.free_number", 1)
    tax(tenant)
    ask()
    make_price(channel_price=80, year_price=1_200)
    for one in DIGITS:
        make_number(digits=one, ours_since=NOON)
    sku = make_sku(code="CA-GEO", country="CA")
    make_price(sku=sku, minimum_months=6)
    make_number(digits=LONGER, country="CA", sku=sku, ours_since=NOON)
    counting.rebuild()
    change_setting("purchase.largest_cart", len(DIGITS))
    fill_wallet(FUNDS)


def little_rock():
    return Place("US", "Little Rock", "AR", "501", "geographic", make_sku().reference)


def has_lines(machine):
    return CartLine.objects.exists()


def unpaid_orders():
    return Order.objects.filter(lines__state=LineState.PLACED).distinct()


def has_unpaid_order(machine):
    return unpaid_orders().exists()


def has_picks(machine):
    return CartPick.objects.exists()


def delivered_orders():
    return Order.objects.filter(lines__state=LineState.DELIVERED).distinct()


def has_delivered_order(machine):
    return delivered_orders().exists()


class CartInUse(RuleBasedStateMachine):
    """Ada in two windows, a rival after the same numbers, and a clock that goes on."""

    shown = Bundle("quotes that a window still shows")

    def __init__(self, tenant, rival, cards):
        super().__init__()
        self.before = transaction.savepoint()
        self.tenant, self.rival, self.cards = tenant, rival, cards
        self.at = NOON
        fill_shop(tenant)

    def teardown(self):
        transaction.savepoint_rollback(self.before)

    def trying(self):
        """Let a refusal undo its own step, as the end of its request does."""
        return suppress(*REFUSALS)

    @contextmanager
    def filling(self):
        """Let nothing that fills the cart bring it beyond its limit."""
        before = CartLine.objects.count()
        yield
        assert CartLine.objects.count() <= max(before, cart.largest_cart())

    @initialize(digits=st.lists(some_number, min_size=1, max_size=4))
    def begin(self, digits):
        self.add(digits)

    @rule(digits=st.lists(some_number, min_size=1, max_size=3))
    def add(self, digits):
        with self.filling():
            cart.add(digits, tenant=self.tenant, actor=ada(), at=self.at)

    @precondition(has_lines)
    @rule(digits=some_number)
    def remove(self, digits):
        cart.remove(digits, tenant=self.tenant, at=self.at)

    @rule()
    def add_the_block(self):
        with self.filling():
            cart.add(DIGITS, tenant=self.tenant, actor=ada(), at=self.at)

    @rule(quantity=some_quantity, months=some_months, channels=some_channels)
    def pick(self, quantity, months, channels):
        with self.filling():
            picking.pick(
                [PlaceWish(little_rock(), quantity, channels, months)],
                service="",
                token=uuid4(),
                tenant=self.tenant,
                actor=ada(),
                at=self.at,
            )

    @precondition(has_picks)
    @rule(quantity=some_quantity, months=some_months, channels=some_channels)
    def change_pick(self, quantity, months, channels):
        with self.filling():
            picking.change(
                CartPick.objects.earliest("id").reference,
                quantity=quantity,
                months=months,
                channels=channels,
                tenant=self.tenant,
                actor=ada(),
                at=self.at,
            )

    @precondition(has_picks)
    @rule()
    def remove_pick(self):
        pick = CartPick.objects.latest("id")
        picking.remove(pick.reference, tenant=self.tenant, at=self.at)

    @precondition(has_delivered_order)
    @rule()
    def buy_again(self):
        order = delivered_orders().latest("id")
        with self.filling():
            buying_again.buy_again(order, tenant=self.tenant, actor=ada(), at=self.at)

    @precondition(has_lines)
    @rule()
    def extend(self):
        cart.extend(tenant=self.tenant, at=self.at)

    @precondition(has_lines)
    @rule(digits=some_number, months=some_months, channels=some_channels)
    def change(self, digits, months, channels):
        with self.trying(), transaction.atomic():
            changing.change_line(
                digits, months=months, channels=channels, tenant=self.tenant, at=self.at
            )

    @precondition(has_lines)
    @rule(months=st.none() | some_months, channels=st.none() | some_channels)
    def change_all(self, months, channels):
        changing.change_all(months=months, channels=channels, tenant=self.tenant, at=self.at)

    @precondition(has_lines)
    @rule(digits=some_number, by=some_number)
    def replace(self, digits, by):
        with self.trying(), transaction.atomic():
            changing.replace(digits, by=by, tenant=self.tenant, actor=ada(), at=self.at)

    @precondition(has_lines)
    @rule(pay_by=some_payer)
    def check_out(self, pay_by):
        """Open the checkout and press its button."""
        self.press(self.look_at_checkout(), pay_by)

    @rule(minutes=st.integers(1, 20))
    def wait(self, minutes):
        """Let time pass, in which workers hand over and charge what is bought."""
        self.at += timedelta(minutes=minutes)
        sweep(at=self.at)

    @precondition(has_lines)
    @rule()
    def sweep(self):
        reserving.release_lapsed_holds(at=self.at)

    @rule(digits=some_number, takes=st.booleans())
    def rival_takes_or_lets_go(self, digits, takes):
        if not takes:
            reserving.release_from_cart([digits], tenant=self.rival, at=self.at)
            return
        with self.trying(), transaction.atomic():
            reserving.hold_for_cart(
                [digits], tenant=self.rival, until=self.at + cart.hold_time(), at=self.at
            )

    @precondition(has_lines)
    @rule(target=shown)
    def look_at_checkout(self):
        return quotes.quote(cart.open_cart(tenant=self.tenant, at=self.at))

    @rule(quote=shown, pay_by=some_payer)
    def press(self, quote, pay_by):
        """Press the button of a page, which may have been open for a while."""
        card = self.cards.get(pay_by)
        with self.trying(), transaction.atomic():
            ordering.place_order(
                quote, tenant=self.tenant, card=card, actor=ada(), at=self.at, has_agreed=True
            )

    @precondition(has_unpaid_order)
    @rule()
    def card_is_asked(self):
        for order in unpaid_orders():
            pay_by_card(order, at=self.at)
        charging.charge_orders(at=self.at)

    @precondition(has_unpaid_order)
    @rule()
    def bank_page_is_left(self):
        for order in unpaid_orders():
            payments.void(charging.payment_of(order), at=self.at)
            cancelling.cancel_unpaid(order, tenant=self.tenant, at=self.at)

    @invariant()
    def every_hold_has_an_end_and_a_line(self):
        held = StockNumber.objects.filter(
            state=StockState.RESERVED, reason=ReservedBecause.CART, reserved_for=self.tenant
        )
        ends = dict(held.values_list("digits", "reserved_until"))
        assert None not in ends.values()
        lines = dict(CartLine.objects.values_list("digits", "held_until"))
        assert ends.items() <= lines.items()
        assert {one: end for one, end in lines.items() if end > self.at}.items() <= ends.items()

    @invariant()
    def no_hold_lasts_longer_than_it_may(self):
        longest = cart.longest_hold()
        assert all(line.held_until <= line.held_since + longest for line in CartLine.objects.all())

    @invariant()
    def one_number_at_most_is_free(self):
        given = OrderLine.objects.filter(is_free=True)
        assert given.exclude(state__in=["refused", "cancelled"]).count() <= 1

    @invariant()
    def totals_are_those_of_their_lines(self):
        opened = cart.open_cart(tenant=self.tenant, at=self.at)
        assert opened.due_now == sum(
            entry.terms.setup_price + entry.terms.recurring_price + entry.terms.vat_amount
            for entry in opened.held
        )

    @invariant()
    def money_is_where_it_belongs(self):
        delivered = OrderLine.objects.filter(state=LineState.DELIVERED)
        from_balance = list(OrderLine.objects.filter(order__pay_by="wallet"))
        still_held = [line for line in from_balance if line.state == LineState.PAID]
        assert ledger.wallet_balance("USD") == FUNDS - sum(line.price for line in from_balance)
        assert ledger.balance(Pocket.HELD, "USD") == sum(line.price for line in still_held)
        assert ledger.balance(Pocket.VAT, "USD") == sum(line.vat_amount for line in delivered)

    @invariant()
    def nothing_is_violated(self):
        assert of_tenant(at=self.at) == []


@pytest.mark.usefixtures("sandbox_payments")
def test_no_use_of_the_cart_leaves_a_hold_without_its_line_or_end(tenant, other_tenant):
    cards = {"card": add_card(), "declined": add_card("pm_card_visa_chargeDeclined")}

    run_state_machine_as_test(
        lambda: CartInUse(tenant, other_tenant, cards),
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
