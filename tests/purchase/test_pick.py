from datetime import timedelta
from uuid import uuid4

import pytest

from purchase import cart, picking
from purchase.models import CartLine, CartPick
from purchase.picking import PickIsGone, PlaceWish
from stock import counting, reserving
from stock.coverage import Place
from stock.models import StockNumber, StockState
from tenants.platform_settings import change_setting
from tests.conftest import NOON
from tests.purchase.factories import ada, fill_cart, number, order_numbers, tax, violations
from tests.stock.factories import make_connection, make_number, make_price, make_sku

LITTLE_ROCK = [f"150155501{n:02}" for n in range(6)]
NOBODYS = "00000000-0000-0000-0000-000000000007"
CONWAY = [f"150132701{n:02}" for n in range(3)]


@pytest.fixture
def stock(tenant):
    """Six numbers of Little Rock, three of Conway, none of Little Rock's that could be mistaken."""
    make_connection(synced_at=NOON)
    make_price()
    for digits in LITTLE_ROCK:
        make_number(digits=digits)
    for digits in CONWAY:
        make_number(digits=digits, nxx="327", city="Conway")
    make_number(digits="15015550198", monthly_cost="9.00")
    make_number(
        digits="15015550199",
        number_type="mobile",
        sku=make_sku(code="US-MOB", number_type="mobile"),
    )
    counting.rebuild()


def place(city="Little Rock"):
    return Place("US", city, "AR", "501", "geographic", make_sku().reference)


def want(quantity, city="Little Rock", *, channels=2, months=1):
    return PlaceWish(place(city), quantity, channels, months)


def pick(tenant, *wishes, at=NOON, service="", token=None):
    return picking.pick(
        wishes,
        service=service,
        token=token or uuid4(),
        tenant=tenant,
        actor=ada(),
        at=at,
    )


def change(tenant, *, quantity, channels=2, months=1, at=NOON):
    return picking.change(
        CartPick.objects.get().reference,
        quantity=quantity,
        channels=channels,
        months=months,
        tenant=tenant,
        actor=ada(),
        at=at,
    )


def in_cart():
    return sorted(CartLine.objects.values_list("digits", flat=True))


def held():
    reserved = StockNumber.objects.filter(state=StockState.RESERVED)
    return sorted(reserved.values_list("digits", flat=True))


def test_puts_as_many_as_are_wanted_into_the_cart(stock, tenant, at):
    [picked] = pick(tenant, want(4, channels=5, months=3))

    assert len(picked.digits) == 4
    assert set(picked.digits) <= set(LITTLE_ROCK)
    assert in_cart() == held() == sorted(picked.digits)
    lines = CartLine.objects.values_list("pick__city", "channels", "months", "held_until")
    assert set(lines) == {("Little Rock", 5, 3, at + cart.hold_time())}
    assert violations() == []


def test_picks_of_several_places_at_once(stock, tenant):
    picked = pick(tenant, want(2), want(3, "Conway"))

    assert [len(one.digits) for one in picked] == [2, 3]
    assert sorted(picked[1].digits) == CONWAY


def test_takes_what_is_left_and_says_how_many_that_were(stock, tenant):
    [picked] = pick(tenant, want(10))

    assert sorted(picked.digits) == LITTLE_ROCK
    assert picked.remark == (
        "Only 6 of 10 numbers of Little Rock, AR (+1 501) were left, and are in the cart."
    )


def test_says_when_none_is_left(stock, tenant):
    pick(tenant, want(10))

    [picked] = pick(tenant, want(1))

    assert picked.digits == []
    assert picked.remark == ("No number of Little Rock, AR (+1 501) is left. Choose another place.")
    assert CartPick.objects.count() == 1


def test_a_place_nobody_sells_has_nothing_left(stock, tenant):
    [picked] = pick(tenant, want(1, "Atlantis"))

    assert (picked.digits, in_cart()) == ([], [])


def test_takes_only_what_has_the_service(stock, tenant):
    StockNumber.objects.filter(digits__in=LITTLE_ROCK[:2]).update(has_fax=True)
    counting.rebuild()

    [picked] = pick(tenant, want(3), service="fax")

    assert sorted(picked.digits) == LITTLE_ROCK[:2]
    assert CartPick.objects.get().service == "fax"


def test_what_is_too_dear_for_its_price_by_now_is_not_taken(stock, tenant):
    make_price(monthly_price=30)

    [picked] = pick(tenant, want(3))

    assert (picked.digits, held(), in_cart()) == ([], [], [])


def test_the_same_page_sent_twice_picks_once(stock, tenant):
    token = uuid4()
    pick(tenant, want(2), token=token)

    [again] = pick(tenant, want(2), token=token)

    assert "is in the cart already" in again.remark
    assert len(in_cart()) == 2


def test_a_full_cart_takes_no_more(stock, tenant):
    change_setting("purchase.largest_cart", 3)

    first, second = pick(tenant, want(2), want(2, "Conway"))

    assert (len(first.digits), second.digits) == (2, [])
    assert "Conway, AR (+1 501) was left out: a cart takes 3 numbers." in second.remark


def test_lapsed_holds_of_others_are_taken(stock, tenant, other_tenant, at):
    reserving.hold_for_cart(LITTLE_ROCK, tenant=other_tenant, until=at + cart.hold_time(), at=at)
    later = at + cart.hold_time()

    [picked] = pick(tenant, want(2), at=later)

    assert len(picked.digits) == 2
    assert number(picked.digits[0]).reserved_for == tenant


def test_a_number_whose_own_hold_lapsed_is_picked_into_the_pick(stock, tenant, at):
    fill_cart(CONWAY, at=at)
    later = at + timedelta(minutes=20)

    [picked] = pick(tenant, want(3, "Conway"), at=later)

    assert sorted(picked.digits) == in_cart() == CONWAY
    assert (
        CartLine.objects.filter(pick__city="Conway", held_until=later + cart.hold_time()).count()
        == 3
    )


def test_more_are_taken_of_the_same_place(stock, tenant):
    pick(tenant, want(2, channels=3, months=1))

    assert change(tenant, quantity=5, channels=4, months=6) == ""

    assert len(in_cart()) == 5
    assert set(in_cart()) < set(LITTLE_ROCK)
    assert set(CartLine.objects.values_list("channels", "months")) == {(4, 6)}
    assert violations() == []


def test_the_last_ones_are_let_go(stock, tenant):
    pick(tenant, want(3))
    first = list(CartLine.objects.order_by("id").values_list("digits", flat=True))

    change(tenant, quantity=1)

    assert in_cart() == held() == first[:1]


def test_what_is_held_no_longer_goes_first(stock, tenant, at):
    pick(tenant, want(2), at=at)
    lapsed = in_cart()
    later = at + timedelta(minutes=16)
    change(tenant, quantity=3, at=later)

    change(tenant, quantity=1, at=later)

    assert not set(in_cart()) & set(lapsed)


def test_says_when_fewer_more_are_left(stock, tenant):
    pick(tenant, want(5))

    assert change(tenant, quantity=9) == (
        "Only 1 of 4 numbers of Little Rock, AR (+1 501) was left, and is in the cart."
    )
    assert change(tenant, quantity=9) == ("No more number of Little Rock, AR (+1 501) is left.")
    assert in_cart() == LITTLE_ROCK


def test_channels_and_period_are_changed_alone(stock, tenant):
    pick(tenant, want(2))
    before = in_cart()

    change(tenant, quantity=2, channels=10, months=12)

    assert in_cart() == before
    assert set(CartLine.objects.values_list("channels", "months")) == {(10, 12)}


def test_a_period_too_short_becomes_the_shortest_and_says_so(stock, tenant):
    pick(tenant, want(2, months=3))
    make_price(minimum_months=3)

    assert change(tenant, quantity=2, months=1) == "They are sold for 3 months at least."

    assert set(CartLine.objects.values_list("months", flat=True)) == {3}


def test_a_full_cart_takes_no_more_of_a_pick(stock, tenant):
    change_setting("purchase.largest_cart", 3)
    pick(tenant, want(2))

    assert "More numbers were left out: a cart takes 3 numbers." in change(tenant, quantity=4)

    assert len(in_cart()) == 2


def test_each_place_costs_a_bounded_number_of_queries(stock, tenant, django_assert_max_num_queries):
    for n in range(10):
        make_number(digits=f"150132801{n:02}", nxx="328", city=f"Town {n}")
    counting.rebuild()
    wishes = [want(1, f"Town {n}") for n in range(10)]
    ada()

    # Half of them are the SET search_path before each of the others.
    with django_assert_max_num_queries(10 + 2 * 16 * len(wishes)):
        pick(tenant, *wishes)

    assert len(in_cart()) == 10


def test_all_are_removed_at_once(stock, tenant, at):
    pick(tenant, want(3), want(1, "Conway"))
    reference = CartPick.objects.get(city="Little Rock").reference

    assert picking.remove(reference, tenant=tenant, at=at) == 3

    assert [one.city for one in CartPick.objects.all()] == ["Conway"]
    assert held() == in_cart()
    assert violations() == []


def test_the_pick_goes_with_its_last_number(stock, tenant, at):
    pick(tenant, want(2))
    first, second = in_cart()

    cart.remove(first, tenant=tenant, at=at)
    assert CartPick.objects.exists()
    cart.remove(second, tenant=tenant, at=at)

    assert not CartPick.objects.exists()
    assert violations() == []


@pytest.mark.usefixtures("funds")
def test_picked_numbers_are_bought_like_all_others(stock, tenant):
    pick(tenant, want(2))

    order = order_numbers([])

    assert order.lines.count() == 2
    assert not CartPick.objects.exists()
    assert violations() == []


def test_a_pick_that_is_gone_cannot_be_changed(stock, tenant, at):
    with pytest.raises(PickIsGone):
        picking.remove(uuid4(), tenant=tenant, at=at)
    with pytest.raises(PickIsGone):
        picking.change(uuid4(), quantity=1, channels=2, months=1, tenant=tenant, actor=ada(), at=at)


def test_groups_show_the_numbers_of_each_pick(stock, tenant, at):
    make_price(monthly_price=120, channel_price=80, quarter_price=300)
    fill_cart([LITTLE_ROCK[0]])
    pick(tenant, want(2, "Conway", channels=4, months=3))

    [group] = picking.groups(cart.open_cart(tenant=tenant, at=at).entries)

    assert (group.quantity, group.channels, group.kind) == (2, 4, "numbers")
    assert group.months == 3
    assert group.periods[:2] == [(1, 120 + 2 * 80), (3, 300 + 2 * 3 * 80)]
    assert {entry.digits for entry in group.entries} < set(CONWAY)


# In the browser.


def send(client, rows, *, query="", **changes):
    """Send the page with these rows: place, quantity and channels of each."""
    data = {
        "token": str(uuid4()),
        "row": [where.key for where, _, _ in rows],
        "quantity": [quantity for _, quantity, _ in rows],
        "channels": [channels for _, _, channels in rows],
    }
    return client.post(f"/buy/coverage/pick/?country=US{query}", data | changes)


def test_page_leads_to_the_cart_that_shows_which(member, stock):
    response = send(member, [(place(), 2, 4), (place("Conway"), 0, 2)])

    assert response.url == "/cart/"
    page = member.get("/cart/").text
    assert "2 numbers are in the cart, held for you for 15 minutes." in page
    assert "Little Rock, AR (+1 501)" in page
    assert set(CartLine.objects.values_list("channels", flat=True)) == {4}
    for digits in in_cart():
        assert f'id="cart-{digits}"' in page


def test_a_cart_of_picks_says_what_each_number_costs(member, tenant, stock):
    tax(tenant)
    change_setting("purchase.free_number", 1)

    send(member, [(place(), 2, 2)])

    page = member.get("/cart/").text
    assert "Numbers in the cart" not in page
    assert "$1.00 setup, $1.20 for 1 month, $0.51 VAT" in page
    assert "$0.00 setup, $0.00 for 1 month, $0.00 VAT" in page
    assert page.count("Free number") == 1


def test_filters_of_the_page_are_kept_in_what_is_picked(member, stock):
    send(member, [(place(), 1, 2)], query="&service=sms&months=12")

    [line] = CartLine.objects.select_related("pick")
    assert (line.months, line.pick.service) == (12, "sms")


@pytest.mark.parametrize(
    ("quantity", "channels", "words"),
    [
        ("11", "2", "Type a whole number from 0 to 10."),
        ("-1", "2", "Type a whole number from 0 to 10."),
        ("abc", "2", "Type a whole number from 0 to 10."),
        ("", "2", "Type a whole number from 0 to 10."),
        ("1.5", "2", "Type a whole number from 0 to 10."),
        ("1", "1", "A number takes 2 to 100 channels."),
        ("1", "101", "A number takes 2 to 100 channels."),
        ("1", "many", "A number takes 2 to 100 channels."),
    ],
)
def test_a_wrong_quantity_is_explained_and_nothing_is_picked(
    member, stock, quantity, channels, words
):
    response = send(member, [(place("Conway"), 2, 2), (place(), quantity, channels)])

    assert response.status_code == 422
    assert "Nothing was added" in response.text
    assert f"Little Rock, AR (+1 501): {words}" in response.text
    assert f'value="{quantity}"' in response.text
    assert (in_cart(), held()) == ([], [])


def test_more_than_there_is_takes_what_there_is_and_says_so(member, stock):
    send(member, [(place("Conway"), 10, 2)])

    page = member.get("/cart/").text
    assert "3 numbers are in the cart" in page
    assert "Only 3 of 10 numbers of Conway, AR (+1 501) were left" in page


def test_nothing_left_leads_back_to_the_page(member, stock):
    send(member, [(place("Conway"), 3, 2)])

    response = send(member, [(place("Conway"), 1, 2)], query="&place=con")

    assert response.url == "/buy/coverage/?country=US&place=con"
    assert "No number of Conway" in member.get("/buy/coverage/").text


def test_no_quantity_at_all_asks_for_one(member, stock):
    response = send(member, [(place(), 0, 2)])

    assert response.url == "/buy/coverage/?country=US"
    assert "Type how many numbers you want first." in member.get("/buy/coverage/").text


@pytest.mark.parametrize(
    "changes",
    [
        {"row": ["nowhere"]},
        {"row": []},
        {"quantity": ["1", "1"]},
        {"token": "x"},
        {"token": ""},
    ],
)
def test_a_page_that_was_tampered_with_adds_nothing(member, stock, changes):
    send(member, [(place(), 1, 2)], **changes)

    assert "This page was incomplete" in member.get("/buy/coverage/").text
    assert in_cart() == []


def test_a_wrong_filter_adds_nothing(member, stock):
    response = send(member, [(place(), 1, 2)], query="&service=telex")

    assert response.status_code == 422
    assert in_cart() == []


def test_a_pick_is_changed_and_removed_in_the_cart(member, stock):
    send(member, [(place(), 2, 2)])
    reference = CartPick.objects.get().reference

    member.post(
        "/cart/picks/change/", {"pick": reference, "quantity": 4, "channels": 6, "months": 3}
    )
    assert len(in_cart()) == 4
    assert "Remove these numbers?" in member.get("/cart/").text

    page = member.post("/cart/picks/remove/", {"pick": reference}, follow=True).text
    assert "4 numbers are no longer in the cart." in page
    assert "The cart is empty" in page


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"quantity": "11"}, "Type a whole number from 1 to 10."),
        ({"quantity": "0"}, "Type a whole number from 1 to 10."),
        ({"quantity": "abc"}, "Type a whole number from 1 to 10."),
        ({"channels": "1"}, "A number takes 2 to 100 channels."),
        ({"months": "2"}, "Choose a period of 1, 3, 6 or 12 months."),
        ({"pick": "7"}, "These are no numbers of this cart."),
        ({"pick": NOBODYS}, "These numbers are no longer in the cart."),
    ],
)
def test_a_wrong_change_is_explained_and_changes_nothing(member, stock, asked, words):
    send(member, [(place(), 2, 2)])
    before = in_cart()
    known = {"pick": CartPick.objects.get().reference, "quantity": 3, "channels": 3, "months": 3}

    response = member.post("/cart/picks/change/", known | asked)

    assert response.status_code == 422
    assert words in response.text
    assert in_cart() == before
    assert set(CartLine.objects.values_list("channels", "months")) == {(2, 1)}


@pytest.mark.parametrize("reference", ["", "7", NOBODYS])
def test_a_pick_of_nobody_is_not_removed(member, stock, reference):
    assert member.post("/cart/picks/remove/", {"pick": reference}).status_code == 422


def test_the_pick_of_another_tenant_stays_its_own(member, other_admin, stock):
    send(member, [(place(), 2, 2)])
    reference = CartPick.objects.get().reference

    response = other_admin.post("/cart/picks/remove/", {"pick": reference})

    assert response.status_code == 422
    assert len(in_cart()) == 2


def test_the_cart_asks_the_database_a_fixed_number_of_times(
    member, stock, django_assert_max_num_queries
):
    send(member, [(place(), 6, 2), (place("Conway"), 3, 2)])
    member.get("/cart/")

    with django_assert_max_num_queries(30):
        member.get("/cart/")
