from datetime import timedelta

import pytest

from purchase import cart
from purchase.models import CartLine
from stock import reserving
from stock.models import ReservedBecause, StockState
from tenants.platform_settings import change_setting
from tests.purchase.factories import MONTHLY, SETUP, ada, fill_cart, number
from tests.stock.factories import make_number, make_price, make_sku

FIRST, SECOND, THIRD = "15015550100", "15015550101", "15015550102"


@pytest.fixture
def numbers(tenant):
    make_price(setup_price=SETUP, monthly_price=MONTHLY)
    return [make_number(digits=one).digits for one in (FIRST, SECOND, THIRD)]


def add(digits, tenant, at):
    return cart.add(digits, tenant=tenant, actor=ada(), at=at)


def test_holds_numbers_for_a_quarter_of_an_hour(numbers, tenant, at):
    add([FIRST], tenant, at)

    held = number(FIRST)
    assert (held.state, held.reason, held.reserved_for) == (
        StockState.RESERVED,
        ReservedBecause.CART,
        tenant,
    )
    assert held.reserved_until == CartLine.objects.get().held_until == at + timedelta(minutes=15)


def test_adds_what_can_be_had_and_says_what_cannot(numbers, tenant, other_tenant, at):
    reserving.hold_for_cart([SECOND], tenant=other_tenant, until=at + cart.hold_time(), at=at)

    added = add(numbers, tenant, at)

    assert added.digits == [FIRST, THIRD]
    assert added.refused == [
        "+1 501-555-0101 has just been taken by somebody else. Choose another one."
    ]


def test_number_in_the_cart_is_not_added_twice(numbers, tenant, at):
    add([FIRST], tenant, at)

    added = add([FIRST], tenant, at + timedelta(minutes=5))

    assert added.refused == ["+1 501-555-0100 is in the cart already."]
    assert number(FIRST).reserved_until == at + cart.hold_time()


def test_nonsense_is_explained(numbers, tenant, at):
    assert add(["DROP TABLE"], tenant, at).refused == [
        "“+DROP TABLE” is not a phone number. Write it like +1 202-555-0123."
    ]


def test_of_long_nonsense_only_the_beginning_is_quoted(numbers, tenant, at):
    assert add(["7" * 5000], tenant, at).refused == [
        f"“+{'7' * 20}…” is not a phone number. Write it like +1 202-555-0123."
    ]


def test_number_that_others_have_leaves_room_for_the_next(numbers, tenant, other_tenant, at):
    change_setting("purchase.largest_cart", 2)
    add([FIRST], tenant, at)
    reserving.hold_for_cart([SECOND], tenant=other_tenant, until=at + cart.hold_time(), at=at)

    added = add([SECOND, THIRD], tenant, at)

    assert added.digits == [THIRD]
    assert "taken by somebody else" in added.refused[0]


def test_number_that_found_no_room_is_for_sale_again(numbers, tenant, at):
    change_setting("purchase.largest_cart", 1)
    add([FIRST], tenant, at)

    add([SECOND], tenant, at)

    assert number(SECOND).state == StockState.AVAILABLE


def test_number_without_a_price_is_not_sold(numbers, tenant, at):
    make_number(digits="18005550100", sku=make_sku(code="US-TF", number_type="toll_free"))

    assert add(["18005550100"], tenant, at).refused == [
        "+1 800-555-0100 is not for sale at present. Choose another one."
    ]
    assert number("18005550100").state == StockState.AVAILABLE


def test_cart_takes_only_so_many(numbers, tenant, at):
    change_setting("purchase.largest_cart", 2)
    add([FIRST], tenant, at)

    added = add([SECOND, THIRD], tenant, at)

    assert added.digits == [SECOND]
    assert added.refused == [
        "+1 501-555-0102 was left out: a cart takes 2 numbers. Pay for these first, or remove some."
    ]


def test_numbers_whose_hold_ended_take_room_too(numbers, tenant, at):
    change_setting("purchase.largest_cart", 2)
    add([FIRST, SECOND], tenant, at)

    added = add([THIRD], tenant, at + timedelta(hours=1))

    assert "was left out" in added.refused[0]


def test_asking_for_more_than_a_cart_adds_nothing_and_says_so_once(numbers, tenant, at):
    wanted = [*numbers, *(f"1501556{n:04}" for n in range(997))]

    added = add(wanted, tenant, at)

    assert added.digits == []
    assert added.refused == [
        "1,000 numbers are too many: a cart takes 100. Nothing was added; choose fewer."
    ]
    assert not CartLine.objects.exists()
    assert number(FIRST).state == StockState.AVAILABLE


def test_a_thousand_numbers_are_answered_with_one_message(member, numbers):
    wanted = [FIRST, *(f"1501556{n:04}" for n in range(999))]

    response = member.post("/cart/add/", {"number": wanted, "next": "/buy/"}, follow=True)

    assert response.text.count("1,000 numbers are too many") == 1
    assert not CartLine.objects.exists()


def test_numbers_that_share_a_fate_are_named_together(numbers, tenant, other_tenant, at):
    until = at + cart.hold_time()
    reserving.hold_for_cart(numbers, tenant=other_tenant, until=until, at=at)
    make_number(digits="15015550103", state="locked")

    added = add([*numbers, "15015550103"], tenant, at)

    assert added.refused == [
        "+1 501-555-0100, +1 501-555-0101, +1 501-555-0102 and 1 more have just been taken by "
        "somebody else. Choose others."
    ]


def test_how_long_a_number_is_held_is_a_setting(numbers, tenant, at):
    change_setting("purchase.hold_minutes", 5)
    change_setting("purchase.longest_hold_minutes", 7)
    add([FIRST], tenant, at)
    assert number(FIRST).reserved_until == at + timedelta(minutes=5)

    cart.extend(tenant=tenant, at=at + timedelta(minutes=4))

    assert number(FIRST).reserved_until == at + timedelta(minutes=7)


def test_totals_are_split_into_setup_and_periods(numbers, tenant, at):
    add([FIRST, SECOND], tenant, at)

    opened = cart.open_cart(tenant=tenant, at=at)

    assert (opened.setup, opened.recurring, opened.due_now) == (200, 240, 440)


def test_lapsed_number_is_not_paid_for(numbers, tenant, at):
    add([FIRST], tenant, at)
    add([SECOND], tenant, at + timedelta(minutes=10))

    opened = cart.open_cart(tenant=tenant, at=at + timedelta(minutes=15))

    assert [entry.digits for entry in opened.held] == [SECOND]
    assert [entry.digits for entry in opened.lapsed] == [FIRST]
    assert opened.due_now == SETUP + MONTHLY


def test_lapsed_number_can_be_held_again(numbers, tenant, at):
    add([FIRST], tenant, at)

    added = add([FIRST], tenant, at + timedelta(minutes=20))

    assert added.digits == [FIRST]
    assert CartLine.objects.get().held_until == at + timedelta(minutes=35)


def test_lapsed_number_that_others_took_stays_lost(numbers, tenant, other_tenant, at):
    add([FIRST], tenant, at)
    later = at + timedelta(minutes=20)
    reserving.hold_for_cart([FIRST], tenant=other_tenant, until=later + cart.hold_time(), at=later)

    added = add([FIRST], tenant, later)

    assert "taken by somebody else" in added.refused[0]
    assert not cart.open_cart(tenant=tenant, at=later).held


def test_extending_holds_for_longer(numbers, tenant, at):
    add([FIRST], tenant, at)

    assert cart.extend(tenant=tenant, at=at + timedelta(minutes=10))

    until = at + timedelta(minutes=25)
    assert number(FIRST).reserved_until == CartLine.objects.get().held_until == until


def test_no_hold_lasts_longer_than_an_hour(numbers, tenant, at):
    add([FIRST], tenant, at)
    for minutes in (10, 20, 30, 40, 50):
        cart.extend(tenant=tenant, at=at + timedelta(minutes=minutes))

    assert not cart.extend(tenant=tenant, at=at + timedelta(minutes=55))
    assert CartLine.objects.get().held_until == at + timedelta(hours=1)


def test_removed_number_is_for_sale_again(numbers, tenant, at):
    add([FIRST], tenant, at)

    cart.remove(FIRST, tenant=tenant, at=at)

    assert number(FIRST).state == StockState.AVAILABLE
    assert not CartLine.objects.exists()


def test_member_fills_the_cart_in_the_browser(member, numbers):
    response = member.post("/cart/add/", {"number": [FIRST, SECOND]}, follow=True)

    assert response.redirect_chain == [("/cart/", 302)]
    assert "2 numbers are in the cart" in response.text
    assert "+1 501-555-0100" in response.text
    assert "$4.40" in response.text
    assert "An admin of your company can pay" in response.text


def test_admin_is_led_to_the_checkout(admin, numbers):
    page = admin.post("/cart/add/", {"number": FIRST}, follow=True).text

    assert "/checkout/" in page


def test_number_taken_meanwhile_is_named_and_leads_back_to_the_search(member, other_admin, numbers):
    other_admin.post("/cart/add/", {"number": FIRST})

    response = member.post("/cart/add/", {"number": FIRST, "next": "/buy/?region=AR"})

    assert response.url == "/buy/?region=AR"
    assert "has just been taken" in member.get("/cart/").text


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "\\\\evil.example"])
def test_nobody_is_led_to_another_site(member, numbers, target):
    response = member.post("/cart/add/", {"next": target})

    assert response.url == "/cart/"


def test_cart_of_another_tenant_stays_its_own(member, other_admin, numbers):
    other_admin.post("/cart/add/", {"number": FIRST})
    member.post("/cart/remove/", {"number": FIRST})

    assert "0100" not in member.get("/cart/").text
    assert number(FIRST).state == StockState.RESERVED


def test_holds_are_extended_in_the_browser(member, numbers, at):
    member.post("/cart/add/", {"number": FIRST})

    page = member.post("/cart/extend/", follow=True).text

    assert "held for longer" in page


def test_number_is_removed_in_the_browser(member, numbers):
    member.post("/cart/add/", {"number": FIRST})

    page = member.post("/cart/remove/", {"number": FIRST}, follow=True).text

    assert "is no longer in the cart" in page
    assert "The cart is empty" in page


def test_lapsed_hold_is_shown_with_a_way_to_renew_it(member, numbers, tenant, at):
    fill_cart([FIRST], at=at - timedelta(days=1))

    page = member.get("/cart/").text

    assert "1 hold ended" in page
    assert "It is still free." in page
    assert "Hold again" in page


def test_cart_asks_the_database_a_fixed_number_of_times(
    member, numbers, django_assert_max_num_queries
):
    change_setting("purchase.free_number", 1)
    member.post("/cart/add/", {"number": numbers})

    with django_assert_max_num_queries(38):
        member.get("/cart/")


@pytest.fixture
def twenty(numbers):
    return [make_number(digits=f"150155510{n:02}").digits for n in range(20)]


def test_twenty_numbers_are_held_by_as_few_statements_as_one(
    twenty, tenant, at, django_assert_max_num_queries
):
    buyer = ada()

    with django_assert_max_num_queries(36):
        added = cart.add(twenty, tenant=tenant, actor=buyer, at=at)

    assert len(added.digits) == 20


def test_twenty_holds_are_extended_by_as_few_statements_as_one(
    twenty, tenant, at, django_assert_max_num_queries
):
    for n, digits in enumerate(twenty):
        add([digits], tenant, at + timedelta(seconds=n))

    with django_assert_max_num_queries(22):
        cart.extend(tenant=tenant, at=at + timedelta(minutes=10))

    assert {number(one).reserved_until for one in twenty} == {at + timedelta(minutes=25)}


def test_each_hold_is_extended_only_as_far_as_it_may_be(numbers, tenant, at):
    change_setting("purchase.longest_hold_minutes", 20)
    add([FIRST], tenant, at)
    add([SECOND], tenant, at + timedelta(minutes=9))

    cart.extend(tenant=tenant, at=at + timedelta(minutes=10))

    ends = [(one, CartLine.objects.get(digits=one).held_until) for one in (FIRST, SECOND)]
    assert ends == [(FIRST, at + timedelta(minutes=20)), (SECOND, at + timedelta(minutes=25))]
    assert [number(one).reserved_until for one, _ in ends] == [end for _, end in ends]
