"""A block of neighbours goes into the cart as a whole, as far as it can be held."""

import pytest

from purchase.models import CartLine
from stock import counting
from stock.models import StockNumber
from tenants.platform_settings import change_setting
from tests.conftest import NOON
from tests.purchase.factories import fill_cart
from tests.stock.factories import make_connection, make_number, make_price

FIRST = "15015552000"


@pytest.fixture
def block(tenant):
    """Ten neighbours of Little Rock for sale."""
    make_connection(synced_at=NOON)
    make_price()
    digits = [str(int(FIRST) + place) for place in range(10)]
    for one in digits:
        make_number(digits=one)
    counting.rebuild()
    return digits


def add(client, **wanted):
    return client.post(
        "/buy/block/", {"first": FIRST, "size": "10", "next": "/buy/", **wanted}, follow=True
    )


def test_a_block_is_one_row_with_the_price_of_all(member, block):
    page = member.get("/buy/", {"country": "US", "region": "AR", "look": "block", "length": "10"})

    [offer] = page.context["results"].blocks
    assert offer.block.digits == block
    assert "+1 501-555-2000" in page.text
    assert "+1 501-555-2009" in page.text
    assert "$12.00" in page.text


def test_the_whole_block_is_held(member, block):
    page = add(member)

    assert "10 of 10 numbers of the block are in the cart" in page.text
    assert sorted(CartLine.objects.values_list("digits", flat=True)) == block


def test_says_which_of_the_block_somebody_else_has(member, other_admin, block):
    other_admin.post("/cart/add/", {"number": block[3]})

    page = add(member)

    assert "9 of 10 numbers of the block are in the cart" in page.text
    assert "+1 501-555-2003 has just been taken by somebody else." in page.text


def test_a_full_cart_takes_no_more(member, block):
    change_setting("purchase.largest_cart", 10)
    fill_cart([make_number(digits=f"1501555300{n}").digits for n in range(8)])

    page = add(member)

    assert "2 of 10 numbers of the block are in the cart" in page.text
    assert "a cart takes 10 numbers" in page.text


@pytest.mark.parametrize(
    "wanted",
    [{"first": "x"}, {"first": ""}, {"size": "101"}, {"size": "1"}, {"size": "ten"}],
)
def test_what_is_no_block_adds_nothing(member, block, wanted):
    page = add(member, **wanted)

    assert "That is no block of numbers." in page.text
    assert not CartLine.objects.exists()


def test_a_block_of_which_one_is_not_for_sale_is_not_offered(member, block):
    make_number(digits="15015552010", state="locked")
    make_number(digits="15015552011")

    page = member.get("/buy/", {"country": "US", "region": "AR", "look": "block", "length": "12"})

    assert not page.context["results"].blocks


def test_a_block_shows_what_all_of_it_can_do(member, block):
    StockNumber.objects.filter(digits=block[3]).update(has_sms=False)

    page = member.get("/buy/", {"country": "US", "region": "AR", "look": "block", "length": "5"})

    can = [(offer.can.has_voice, offer.can.has_sms) for offer in page.context["results"].blocks]
    assert can == [(True, False), (True, True)]
