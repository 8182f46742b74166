"""Every total is the sum of its lines, by a calculation that shares no code with the product's."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purchase.models import CartLine
from purchase.terms import terms_of
from purchase.totals import Cart, Entry
from stock.models import Price, StockNumber
from stock.vat import Vat
from tests.conftest import NOON

amounts = st.integers(0, 100_000)
maybe = st.none() | amounts
prices: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    setup_price=amounts,
    monthly_price=amounts,
    quarter_price=maybe,
    half_year_price=maybe,
    year_price=maybe,
    minimum_months=st.sampled_from([1, 3, 6, 12]),
    channel_price=amounts,
)
wishes = st.tuples(
    prices,
    st.sampled_from([1, 3, 6, 12]),
    st.integers(2, 100),
    # Held, or no longer.
    st.booleans(),
)
percents = st.decimals(0, 40, places=2)
free_periods = st.none() | st.integers(1, 12)


def cart_of(wanted, percent, *, free=None, free_periods=None):
    """Let the product reckon, without a database."""
    vat = Vat(percent, "VAT")
    entries = []
    for place, (fields, months, channels, is_held) in enumerate(wanted):
        price = Price(inbound_minute_rate=Decimal("0.01"), **fields)
        line = CartLine(
            digits=f"1501555{place:04}",
            months=months,
            channels=channels,
            held_until=NOON + timedelta(minutes=place),
        )
        terms = terms_of(price, months=months, channels=channels, vat=vat, is_free=place == free)
        number = StockNumber(country="US", number_type="geographic")
        entries.append(Entry(line, number, price, terms, is_held=is_held, can_be_held=False))
    return Cart(entries, "USD", vat, {}, free_periods)


def own_price_of(fields, months):
    """What the list says that so many months of the number itself cost."""
    listed = {1: None, 3: "quarter_price", 6: "half_year_price", 12: "year_price"}[months]
    single = fields["monthly_price"] * months
    return single if listed is None or fields[listed] is None else fields[listed]


def taxed(net, percent):
    exact = Decimal(net) * percent / Decimal(100)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def worked_out(wish, percent, *, is_free=False):
    """Return setup, first period, tax on both, and a full period, on paper as it were."""
    fields, months, channels, _ = wish
    months = max(months, fields["minimum_months"])
    channels_price = (channels - 2) * fields["channel_price"] * months
    period = own_price_of(fields, months) + channels_price
    setup = 0 if is_free else fields["setup_price"]
    first = channels_price if is_free else period
    return months, setup, first, taxed(setup + first, percent), period


@given(wanted=st.lists(wishes, max_size=8), percent=percents)
@settings(max_examples=300, deadline=None)
def test_cart_comes_to_the_sum_of_its_lines(wanted, percent):
    held = [worked_out(wish, percent) for wish in wanted if wish[3]]

    cart = cart_of(wanted, percent)

    assert cart.setup == sum(setup for _, setup, _, _, _ in held)
    assert cart.recurring == sum(first for _, _, first, _, _ in held)
    assert cart.vat_amount == sum(vat for _, _, _, vat, _ in held)
    assert cart.due_now == sum(setup + first + vat for _, setup, first, vat, _ in held)
    assert cart.due_now == sum(entry.terms.total for entry in cart.held)


@given(wanted=st.lists(wishes, min_size=1, max_size=6), percent=percents, left=free_periods)
@settings(max_examples=300, deadline=None)
def test_free_number_costs_its_further_channels_alone(wanted, percent, left):
    wanted = [(*wish[:3], True) for wish in wanted]

    cart = cart_of(wanted, percent, free=0, free_periods=left)

    (_, setup, first, vat, _), *others = [
        worked_out(wish, percent, is_free=place == 0) for place, wish in enumerate(wanted)
    ]
    paid = sum(setup + first + vat for _, setup, first, vat, _ in others)
    assert (
        (cart.free.terms.setup_price, cart.free.terms.recurring_price)
        == (setup, first)
        == (
            0,
            first,
        )
    )
    assert cart.due_now == first + vat + paid


@given(wanted=st.lists(wishes, max_size=8), percent=percents)
@settings(max_examples=200, deadline=None)
def test_what_comes_again_is_each_line_once_by_its_period(wanted, percent):
    held = [worked_out(wish, percent) for wish in wanted if wish[3]]

    again = {due.months: due for due in cart_of(wanted, percent).comes_again}

    assert set(again) == {months for months, *_ in held}
    assert {
        months: (
            sum(1 for one in held if one[0] == months),
            sum(period for each, _, _, _, period in held if each == months),
            sum(taxed(period, percent) for each, _, _, _, period in held if each == months),
        )
        for months in again
    } == {months: (due.count, due.net, due.vat_amount) for months, due in again.items()}


@given(wish=wishes, percent=percents, left=free_periods)
@settings(max_examples=100, deadline=None)
def test_free_number_is_due_again_when_it_is_no_longer_free(wish, percent, left):
    wish = (*wish[:3], True)
    _, _, first, _, period = worked_out(wish, percent, is_free=True)

    [again] = cart_of([wish], percent, free=0, free_periods=left).comes_again

    assert again.net == (period if left == 1 else first)


@pytest.mark.parametrize(
    ("net", "percent", "vat"),
    [
        (250, "19", 48),
        (150, "21", 32),
        (1, "50", 1),
        (249, "0.2", 0),
        (250, "0.2", 1),
        (99, "0", 0),
    ],
)
def test_tax_is_rounded_half_up(net, percent, vat):
    assert Vat(Decimal(percent), "").on(net) == vat


@pytest.mark.parametrize(
    ("quarter_price", "saving"), [(3996, 0), (3995, 0), (3956, 1), (3957, 0), (1998, 50)]
)
def test_saving_is_never_said_to_be_more_than_it_is(quarter_price, saving):
    fields = {"setup_price": 0, "monthly_price": 1332, "quarter_price": quarter_price}

    [entry] = cart_of([(fields, 1, 2, True)], Decimal(0)).entries

    [period] = [period for period in entry.periods if period.months == 3]
    assert period.saving == saving
