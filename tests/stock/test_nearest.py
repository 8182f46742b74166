"""What is offered in the place of a number that somebody else has bought."""

import pytest

from stock.models import NumberType
from stock.nearest import Nearness, nearest
from tests.stock.factories import make_connection, make_number, make_price, make_sku

pytestmark = pytest.mark.usefixtures("tenant")

LOST = "15015550150"


@pytest.fixture
def lost(tenant):
    make_price()
    return make_number(digits=LOST, state="assigned", ours_since="2026-01-01T00:00:00Z")


def look(lost, tenant, at, **options):
    return nearest([lost], tenant=tenant, at=at, **options).get(lost.digits)


def test_neighbour_in_the_exchange_comes_first(lost, tenant, at):
    make_number(digits="15015550100")
    make_number(digits="15015550152")
    make_number(digits="15015550199")
    make_number(digits="15015560150", nxx="556")

    near = look(lost, tenant, at)

    assert (near.number.digits, near.nearness) == ("15015550152", Nearness.EXCHANGE)
    assert near.price.monthly_price == 120


@pytest.mark.parametrize(
    ("place", "nearness"),
    [
        ({"digits": "15015560150", "nxx": "556", "city": "Benton"}, Nearness.RATE_CENTER),
        ({"digits": "15015560150", "nxx": "556", "rate_center": "BENTON"}, Nearness.CITY),
        (
            {"digits": "15015560150", "nxx": "556", "city": "Benton", "rate_center": "BENTON"},
            Nearness.AREA_CODE,
        ),
        (
            {"digits": "14795560150", "npa": "479", "city": "Rogers", "rate_center": "ROGERS"},
            Nearness.REGION,
        ),
        (
            {
                "digits": "12125560150",
                "npa": "212",
                "region": "NY",
                "city": "New York",
                "rate_center": "NYC",
            },
            Nearness.COUNTRY,
        ),
    ],
)
def test_each_circle_is_wider_than_the_one_before(lost, tenant, at, place, nearness):
    make_number(**place)

    near = look(lost, tenant, at)

    assert (near.number.digits, near.nearness) == (place["digits"], nearness)


def test_other_types_and_countries_are_not_near(lost, tenant, at):
    toll_free = make_sku(code="US-TF", number_type=NumberType.TOLL_FREE)
    make_price(sku=toll_free)
    make_number(digits="15015550151", number_type=NumberType.TOLL_FREE, sku=toll_free)
    make_number(digits="15015550152", country="CA")

    assert look(lost, tenant, at) is None


def test_what_has_no_price_is_passed_over(lost, tenant, at):
    make_number(digits="15015550151", sku=make_sku(code="US-XX", city="Nowhere"))
    make_number(digits="15015550155")

    assert look(lost, tenant, at).number.digits == "15015550155"


def test_what_is_taken_or_not_bought_at_present_is_passed_over(lost, tenant, at):
    closed = make_connection(name="Closed", is_buying_allowed=False)
    make_number(digits="15015550151", connection=closed)
    make_number(digits="15015550149", state="locked")
    make_number(digits="15015550148", connection=closed, ours_since=at)

    assert look(lost, tenant, at).number.digits == "15015550148"


def test_nobody_is_offered_what_another_is(lost, tenant, at):
    second = make_number(digits="15015550160", state="locked")
    make_number(digits="15015550155")
    make_number(digits="15015550100")

    found = nearest([lost, second], tenant=tenant, at=at)

    assert {one: near.number.digits for one, near in found.items()} == {
        LOST: "15015550155",
        "15015550160": "15015550100",
    }


def test_what_is_in_the_cart_already_is_not_offered(lost, tenant, at):
    make_number(digits="15015550151")

    assert look(lost, tenant, at, beside={"15015550151"}) is None


def test_only_the_circles_asked_for_are_looked_at(lost, tenant, at):
    make_number(digits="14795560150", npa="479", city="Rogers", rate_center="ROGERS")

    levels = [Nearness.CITY, Nearness.AREA_CODE]

    assert look(lost, tenant, at, levels=levels) is None


def test_many_of_one_exchange_get_many(tenant, at, django_assert_max_num_queries):
    make_price()
    lost = [make_number(digits=f"1501555{n:04}", state="locked") for n in range(30)]
    free = {make_number(digits=f"1501555{n:04}").digits for n in range(100, 130)}

    with django_assert_max_num_queries(12):
        found = nearest(lost, tenant=tenant, at=at)

    assert {near.number.digits for near in found.values()} == free


def test_place_without_names_is_like_no_other(tenant, at):
    make_price()
    bare = {"region": "", "npa": "", "nxx": "", "city": "", "rate_center": ""}
    lost = make_number(digits="15015550150", state="locked", **bare)
    make_number(digits="18005550150", **bare)

    assert look(lost, tenant, at).nearness == Nearness.COUNTRY
