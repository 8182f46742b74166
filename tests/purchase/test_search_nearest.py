"""A search that finds nothing says why, and leads to what is nearest."""

import pytest

from stock import counting
from stock.models import NumberType, StockNumber
from tests.conftest import NOON
from tests.purchase.test_search import make_exchange
from tests.stock.factories import make_connection, make_number, make_price, make_sku

PLACES = [
    ("1501555", "AR", "501", "555", "Little Rock", "LITTLEROCK"),
    ("1501329", "AR", "501", "329", "Conway", "CONWAY"),
    ("1501972", "AR", "501", "972", "Jonesboro", "JONESBORO"),
    ("1870972", "AR", "870", "972", "Jonesboro", "JONESBORO"),
    ("1212555", "NY", "212", "555", "New York", "NWYRCYZN01"),
]
TOLL_FREE = {"region": "", "nxx": "", "city": "", "rate_center": ""}


@pytest.fixture
def stock(tenant):
    """Numbers of Little Rock, Conway and Jonesboro in Arkansas and of New York, and toll-free."""
    make_connection(synced_at=NOON)
    make_price()
    for place in PLACES:
        make_exchange(*place)
    sku = make_sku(code="US-TF", number_type=NumberType.TOLL_FREE)
    make_price(sku)
    make_number(digits="15015553663")
    make_number(digits="15013291234", nxx="329", city="Conway", rate_center="CONWAY")
    make_number(digits="18709721234", npa="870", nxx="972", city="Jonesboro", has_sms=False)
    make_number(digits="12125551234", region="NY", npa="212", city="New York", rate_center="NY")
    for digits in ("18776873663", "18005551000"):
        make_number(digits=digits, npa=digits[1:4], number_type="toll_free", sku=sku, **TOLL_FREE)
    counting.rebuild()


def nearest(client, **wanted):
    page = client.get("/buy/", {"country": "US", "region": "AR", **wanted})
    return page, {link.label: link for link in page.context["results"].suggestions}


@pytest.mark.parametrize(
    ("wanted", "why", "label"),
    [
        ({"npa": "870", "sms": "on"}, "in area code 870 for texts", "Area code 501"),
        ({"npa": "870", "sms": "on"}, "No geographic number", "Also without texts"),
        ({"city": "Conway", "npa": "870"}, "of Conway", "Not only in Conway"),
        ({"city": "Conway", "npa": "870"}, "is for sale", "Any area code, not only 870"),
        ({"pattern": "501-972-1234"}, "fits “501-972-1234”", "8709721234"),
        ({"pattern": "501-972-1234"}, "Arkansas", "*1234"),
        ({"pattern": "*9999", "city": "Conway"}, "fits", "Without the pattern"),
        ({"pattern": "*55-FOOD", "city": "Conway"}, "fits", "Not only in Conway"),
        ({"pattern": "212-555-XXXX", "region": "NY", "sms": "on", "fax": "on"}, "and", "Also"),
        ({"pattern": "501-FOO*", "region": ""}, "of the United States", "*366*"),
        ({"look": "same", "length": "4"}, "has 4 times the same digit", "3 digits in a row"),
        ({"look": "sequence", "length": "7"}, "has 7 digits that count", "4 digits in a row"),
        ({"look": "block", "length": "10"}, "no block of 10", "Any digits"),
        ({"rate_center": "JONESBORO"}, "of JONESBORO", "Not only in rate center JONESBORO"),
        ({"nxx": "999"}, "with exchange 999", "Any exchange, not only 999"),
    ],
)
def test_nothing_found_says_why_and_each_link_finds_what_it_says(member, stock, wanted, why, label):
    page, links = nearest(member, **wanted)

    assert why in page.context["results"].why_nothing
    assert any(label in one for one in links), list(links)
    for link in links.values():
        results = member.get(f"/buy/{link.url}").context["results"]
        assert results.count == link.found, link


def test_another_toll_free_code_is_nearest_to_a_word(member, stock):
    page = member.get("/buy/toll-free/", {"mode": "vanity", "pattern": "888-OUR-FOOD"})

    [any_code, ending, *_] = page.context["results"].suggestions
    there = member.get(f"/buy/toll-free/{any_code.url}").context["results"]

    assert any_code.label == "8XX6873663 (8xx 687-3663)"
    assert [offer.number.digits for offer in there.offers] == ["18776873663"]
    assert ending.label.startswith("*6873663")


def test_a_state_without_numbers_leads_to_the_fullest_others(member, stock):
    make_number(digits="19072000100", npa="907", nxx="200", region="AK", city="Juneau")
    StockNumber.objects.filter(region="NY").update(has_fax=True)
    counting.rebuild()

    page, links = nearest(member, region="AK", fax="on")

    assert "of Alaska for faxes" in page.context["results"].why_nothing
    assert (links["New York"].found, "Arkansas" in links) == (1, False)
    assert "Toll-free numbers of the United States" in links


def test_a_block_too_large_leads_to_smaller_ones(member, stock):
    for line in range(5):
        make_number(digits=f"1501555200{line}")
    counting.rebuild()

    _, links = nearest(member, look="block", length="10")

    assert links["Blocks of 5"].found == 1
    assert "Blocks of 2" in links


def test_8xx_among_geographic_numbers_leads_to_toll_free_ones(member, stock):
    page, _ = nearest(member, pattern="8XX-OUR-FOOD")

    [toll_free, *_] = page.context["results"].suggestions
    there = member.get(f"/buy/{toll_free.url}").context["results"]

    assert "8XX is any code of toll-free numbers" in page.text
    assert (toll_free.label, toll_free.found) == ("Toll-free, 8xx 687-3663", 1)
    assert [offer.number.digits for offer in there.offers] == ["18776873663"]


def test_nothing_near_says_so(member, stock):
    page = member.get("/buy/toll-free/", {"mode": "vanity", "pattern": "888-222-2222"})

    assert "Leave something out, or try another place." in page.text
