"""Periods, channels and other numbers in the place of lost ones, as the cart takes them."""

from datetime import timedelta

import pytest

from purchase import cart, changing
from purchase.changing import NotHeld, NotInCart, PeriodTooShort
from purchase.models import CartLine
from stock import reserving
from stock.models import StockState, VatRate
from tests.purchase.factories import ada, fill_cart, number, tax
from tests.stock.factories import make_number, make_price, make_sku

FIRST, SECOND, THIRD = "15015550100", "15015550101", "15015550102"
BY_HTMX = {"hx-request": "true"}
LATER = timedelta(minutes=20)


@pytest.fixture
def numbers(tenant):
    make_price(quarter_price=330, year_price=1200, channel_price=80)
    return [make_number(digits=one).digits for one in (FIRST, SECOND, THIRD)]


@pytest.fixture
def filled(numbers, at):
    fill_cart([FIRST, SECOND], at=at)


@pytest.fixture
def yearly(tenant, at):
    """A number in the cart that is sold by the half year."""
    sku = make_sku(code="CA-GEO", country="CA")
    make_price(sku=sku, minimum_months=6, half_year_price=700)
    digits = make_number(digits="14165550100", country="CA", region="ON", sku=sku).digits
    fill_cart([digits], at=at)
    return digits


def change(tenant, at, *, digits=FIRST, months=1, channels=2):
    changing.change_line(digits, months=months, channels=channels, tenant=tenant, at=at)


def entries(tenant, at):
    opened = cart.open_cart(tenant=tenant, at=at)
    return {entry.digits: entry for entry in opened.entries}


def test_new_line_has_a_month_and_two_channels(filled, tenant, at):
    terms = entries(tenant, at)[FIRST].terms

    assert (terms.months, terms.channels) == (1, 2)
    assert (terms.setup_price, terms.recurring_price, terms.total) == (100, 120, 220)


@pytest.mark.parametrize(
    ("months", "channels", "recurring"),
    [(3, 2, 330), (6, 2, 720), (12, 2, 1200), (1, 5, 120 + 3 * 80), (12, 3, 1200 + 12 * 80)],
)
def test_period_and_channels_have_their_price(filled, tenant, at, months, channels, recurring):
    change(tenant, at, months=months, channels=channels)

    terms = entries(tenant, at)[FIRST].terms
    assert (terms.months, terms.channels, terms.recurring_price) == (months, channels, recurring)
    assert entries(tenant, at)[SECOND].terms.months == 1


def test_choices_name_their_price_and_what_they_save(filled, tenant, at):
    change(tenant, at, channels=3)

    periods = entries(tenant, at)[FIRST].periods

    assert [(one.months, one.price, one.saving) for one in periods] == [
        (1, 200, 0),
        (3, 570, 8),
        (6, 1200, 0),
        (12, 2160, 16),
    ]


def test_line_begins_with_the_shortest_period_it_is_sold_for(yearly, tenant, at):
    terms = entries(tenant, at)[yearly].terms

    assert (terms.months, terms.recurring_price) == (6, 700)


def test_shorter_period_than_it_is_sold_for_is_refused(yearly, tenant, at):
    with pytest.raises(PeriodTooShort, match="is sold for 6 months at least"):
        change(tenant, at, digits=yearly, months=3)

    assert CartLine.objects.get().months == 1


def test_line_that_was_removed_is_not_changed(filled, tenant, at):
    with pytest.raises(NotInCart):
        change(tenant, at, digits=THIRD)


def test_all_lines_are_changed_at_once(filled, tenant, at):
    kept = changing.change_all(months=12, channels=4, tenant=tenant, at=at)

    assert kept == []
    assert set(CartLine.objects.values_list("months", "channels")) == {(12, 4)}


def test_what_is_sold_for_longer_stays_at_its_shortest(filled, yearly, tenant, at):
    kept = changing.change_all(months=3, channels=None, tenant=tenant, at=at)

    assert kept == [yearly]
    assert {one: entry.terms.months for one, entry in entries(tenant, at).items()} == {
        FIRST: 3,
        SECOND: 3,
        yearly: 6,
    }


def test_what_is_left_open_stays_on_each_line(filled, tenant, at):
    change(tenant, at, months=6, channels=9)

    changing.change_all(months=None, channels=3, tenant=tenant, at=at)

    assert list(CartLine.objects.order_by("digits").values_list("months", "channels")) == [
        (6, 3),
        (1, 3),
    ]


def test_hold_that_is_renewed_keeps_period_and_channels(filled, tenant, at):
    change(tenant, at, months=12, channels=4)

    fill_cart([FIRST], at=at + LATER)

    line = CartLine.objects.get(digits=FIRST)
    assert (line.months, line.channels) == (12, 4)


@pytest.fixture
def lost(filled, tenant, other_tenant, at):
    """The first number of the cart, wanted for a year, which Globex has taken meanwhile."""
    change(tenant, at, months=12, channels=4)
    later = at + LATER
    until = later + cart.hold_time()
    reserving.hold_for_cart([FIRST], tenant=other_tenant, until=until, at=later)
    return FIRST


def replace(tenant, at, digits=FIRST, by=THIRD):
    changing.replace(digits, by=by, tenant=tenant, actor=ada(), at=at)


def test_another_number_takes_the_place_with_period_and_channels(lost, tenant, at):
    replace(tenant, at + LATER)

    line = CartLine.objects.get(digits=THIRD)
    assert (line.months, line.channels) == (12, 4)
    assert number(THIRD).reserved_until == line.held_until == at + LATER + cart.hold_time()
    assert not CartLine.objects.filter(digits=FIRST).exists()


def test_replaced_number_that_was_still_held_is_for_sale_again(filled, tenant, at):
    replace(tenant, at)

    assert number(FIRST).state == StockState.AVAILABLE


def test_number_that_was_just_taken_replaces_nothing(lost, tenant, other_tenant, at):
    later = at + LATER
    reserving.hold_for_cart([THIRD], tenant=other_tenant, until=later + LATER, at=later)

    with pytest.raises(NotHeld, match="just been taken"):
        replace(tenant, later)

    assert set(CartLine.objects.values_list("digits", flat=True)) == {FIRST, SECOND}


def test_number_that_is_in_the_cart_replaces_nothing(lost, tenant, at):
    with pytest.raises(NotHeld, match="in the cart already"):
        replace(tenant, at + LATER, by=SECOND)

    assert CartLine.objects.count() == 2


def test_line_that_is_gone_is_not_replaced(filled, tenant, at):
    with pytest.raises(NotInCart):
        replace(tenant, at, digits="15015550177")

    assert number(THIRD).state == StockState.AVAILABLE


@pytest.fixture
def shown(member, numbers):
    """Two numbers in the cart of a page that is open."""
    member.post("/cart/add/", {"number": [FIRST, SECOND]})


def post(client, path, *, htmx=False, **fields):
    return client.post(f"/cart/{path}/", fields, headers=BY_HTMX if htmx else {})


def test_member_changes_a_line(member, shown):
    response = post(member, "change", number=FIRST, months="12", channels="3", htmx=True)

    assert response.text.lstrip().startswith('<div id="cart"')
    assert "$21.60" in response.text
    assert "is changed" in response.headers["HX-Trigger"]


def test_line_is_changed_without_scripts(member, shown):
    response = post(member, "change", number=FIRST, months="12", channels="3")

    assert response.url == "/cart/"
    assert CartLine.objects.get(digits=FIRST).months == 12


@pytest.mark.parametrize(
    ("months", "channels", "words"),
    [
        ("2", "2", "Choose a period of 1, 3, 6 or 12 months."),
        ("", "2", "Choose a period of 1, 3, 6 or 12 months."),
        ("twelve", "2", "Choose a period of 1, 3, 6 or 12 months."),
        ("1", "0", "A number takes 2 to 100 calls at once: type how many channels."),
        ("1", "1", "A number takes 2 to 100 calls at once: type how many channels."),
        ("1", "101", "A number takes 2 to 100 calls at once: type how many channels."),
        ("1", "abc", "A number takes 2 to 100 calls at once: type how many channels."),
        ("1", "", "A number takes 2 to 100 calls at once: type how many channels."),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_nonsense_is_explained_and_changes_nothing(member, shown, months, channels, words, htmx):
    fields = {"number": FIRST, "months": months, "channels": channels}

    response = post(member, "change", **fields, htmx=htmx)

    assert response.status_code == 422
    assert words in response.text
    assert set(CartLine.objects.values_list("months", "channels")) == {(1, 2)}


@pytest.mark.parametrize("typed", ["", "1", "no number", "15015550199", "9" * 50, "<script>"])
@pytest.mark.parametrize("path", ["change", "replace"])
def test_number_that_is_not_in_the_cart_is_explained(member, shown, path, typed):
    response = post(member, path, number=typed, months="1", channels="2", by=THIRD)

    assert response.status_code == 422
    assert "This number is no longer in the cart." in response.text


@pytest.mark.parametrize("typed", ["", "1", "no number", "9" * 50, "15015550199"])
def test_nonsense_replaces_nothing(member, shown, typed):
    response = post(member, "replace", number=FIRST, by=typed)

    assert response.status_code == 422
    assert set(CartLine.objects.values_list("digits", flat=True)) == {FIRST, SECOND}


def test_whole_cart_is_changed_in_the_browser(member, shown):
    response = post(member, "change-all", months="3", channels="", htmx=True)

    assert "$3.30" in response.text
    assert set(CartLine.objects.values_list("months", "channels")) == {(3, 2)}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"months": "", "channels": ""}, "Choose a period or a number of channels first."),
        ({"months": "2"}, "Choose a period of 1, 3, 6 or 12 months."),
        ({"channels": "101"}, "A number takes 2 to 100 calls at once"),
    ],
)
def test_nonsense_for_the_whole_cart_is_explained(member, shown, fields, words):
    response = post(member, "change-all", **fields)

    assert response.status_code == 422
    assert words in response.text
    assert set(CartLine.objects.values_list("months", "channels")) == {(1, 2)}


def test_lost_number_is_shown_with_the_nearest(member, other_admin, numbers, tenant, at):
    fill_cart([FIRST], at=at - timedelta(days=1))
    other_admin.post("/cart/add/", {"number": FIRST})

    page = member.get("/cart/").text

    assert "Somebody else has it now." in page
    assert "+1 501-555-0101" in page
    assert "Of the same exchange" in page
    assert "Hold again" not in page


def test_one_click_takes_the_nearest(member, other_admin, numbers, tenant, at):
    fill_cart([FIRST], at=at - timedelta(days=1))
    other_admin.post("/cart/add/", {"number": FIRST})

    response = post(member, "replace", number=FIRST, by=SECOND, htmx=True)

    assert "is held for you now" in response.headers["HX-Trigger"]
    assert number(SECOND).state == StockState.RESERVED
    assert CartLine.objects.get().digits == SECOND


def test_number_nobody_sells_any_more_says_so(member, numbers, tenant, at):
    fill_cart([FIRST], at=at - timedelta(days=1))
    make_price(monthly_price=1)

    page = member.get("/cart/").text

    assert "It is not for sale at present." in page
    assert "Nothing like it" in page


def test_held_numbers_that_are_not_sold_any_more_are_a_group_of_their_own(member, shown):
    make_price(monthly_price=1)

    page = member.get("/cart/").text

    assert "2 numbers not sold at present" in page
    assert "It is still held for you." in page
    assert "Others can buy these numbers now." not in page
    assert "hold ended" not in page


def test_nothing_is_offered_instead_while_nothing_can_be_sold(member, numbers, tenant, at):
    fill_cart([FIRST], at=at - timedelta(days=1))
    tax(tenant)
    VatRate.objects.all().delete()

    page = member.get("/cart/").text

    assert "No VAT rate is on record" in page
    assert "Take the nearest" not in page


def test_cart_with_lost_numbers_asks_a_fixed_number_of_times(
    member, numbers, tenant, at, django_assert_max_num_queries
):
    lost = [make_number(digits=f"1501556{n:04}", nxx="556").digits for n in range(30)]
    fill_cart(lost, at=at - timedelta(days=1))

    with django_assert_max_num_queries(60):
        member.get("/cart/")
