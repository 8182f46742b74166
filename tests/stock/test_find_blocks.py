"""Neighbouring numbers that can be bought together."""

import pytest

from stock import blocks, counting
from stock.blocks import Block, find_blocks
from stock.criteria import OfferCriteria
from stock.models import StockNumber
from tests.stock.factories import make_number, make_sku


def make_run(first, size, **changes):
    for place in range(size):
        make_number(digits=str(int(first) + place), **changes)


@pytest.fixture
def runs(tenant):
    """Seven neighbours in one exchange, three and two in others, and two across a border."""
    make_run("15015552000", 7)
    make_run("15015561000", 3, nxx="556", city="Conway", has_sms=False)
    make_run("18705557000", 2, npa="870")
    make_number(digits="15012059999", nxx="205")
    make_number(digits="15012060000", nxx="206")
    counting.rebuild()


def firsts(size, **wanted):
    criteria = OfferCriteria("US", **({"region": "AR"} | wanted))
    return [block.first for block in find_blocks(criteria, size=size)]


def test_a_row_of_neighbours_is_cut_into_blocks(runs):
    assert firsts(2) == [
        "15015552000",
        "15015552002",
        "15015552004",
        "15015561000",
        "18705557000",
    ]
    assert firsts(3) == ["15015552000", "15015552003", "15015561000"]
    assert firsts(7) == ["15015552000"]
    assert firsts(8) == []


def test_a_block_lies_in_one_exchange(runs):
    assert "15012059999" not in firsts(2)


def test_every_number_of_a_block_fits_the_search(runs):
    assert firsts(2, has_sms=True) == [*firsts(2, npa="501", nxx="555"), "18705557000"]
    assert firsts(2, city="Conway") == ["15015561000"]
    assert firsts(2, npa="870") == ["18705557000"]
    assert firsts(2, masks=(("1501555200X",),)) == firsts(2, nxx="555", npa="501")
    assert firsts(3, masks=(("150155520X2",),)) == []


def test_a_sold_number_breaks_a_block(runs):
    StockNumber.objects.filter(digits="15015552003").update(state="locked")

    assert firsts(3) == ["15015552000", "15015552004", "15015561000"]


def test_pages_follow_each_other_in_both_directions(runs):
    criteria = OfferCriteria("US", region="AR")

    first = find_blocks(criteria, size=2, limit=2)
    second = find_blocks(criteria, size=2, limit=2, edge=first[-1])
    back = find_blocks(criteria, size=2, limit=2, edge=second[0], is_backwards=True)

    assert [*first, *second] == find_blocks(criteria, size=2, limit=4)
    assert back == first[::-1]


def read_all(criteria, *, size, is_backwards=False):
    """Read page after page of one block."""
    found, edge = [], None
    while page := find_blocks(criteria, size=size, edge=edge, is_backwards=is_backwards, limit=1):
        found, edge = [*found, *page], page[-1]
    return [block.first for block in found]


def test_pages_follow_each_other_where_numbers_are_not_equally_long(tenant):
    abroad = {"country": "SE", "region": "", "city": "", "rate_center": "", "npa": "13"}
    abroad |= {"sku": make_sku(code="SE-GEO", country="SE")}
    make_run("4611312000", 4, nxx="12", **abroad)
    make_run("461331000", 4, nxx="1", **abroad)
    make_run("4613310010", 2, nxx="10", **abroad)
    counting.rebuild()
    criteria = OfferCriteria("SE")
    firsts = ["4611312000", "4611312002", "461331000", "461331002", "4613310010"]

    assert read_all(criteria, size=2) == firsts
    assert read_all(criteria, size=2, is_backwards=True) == firsts[::-1]


def test_numbers_of_other_skus_and_places_are_no_neighbours(tenant):
    make_run("15015552000", 2)
    make_run("15015552002", 2, sku=make_sku(code="US-LR", region="AR", city="Little Rock"))
    make_run("15015552004", 2, city="Conway")
    counting.rebuild()

    assert firsts(3) == []
    assert firsts(2) == ["15015552000", "15015552002", "15015552004"]


def test_a_block_names_its_numbers():
    block = Block("15015552009", 2)

    assert block.digits == ["15015552009", "15015552010"]
    assert block.last == "15015552010"


def test_toll_free_numbers_have_no_exchange_and_yet_blocks(tenant):
    make_run("18885552000", 3, npa="888", nxx="", region="", city="", number_type="toll_free")
    counting.rebuild()

    found = find_blocks(OfferCriteria("US", number_type="toll_free"), size=3)

    assert found == [Block("18885552000", 3)]
    assert blocks.LARGEST == 100
