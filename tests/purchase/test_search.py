import pytest

from stock import counting
from stock.models import Exchange, NumberType
from tests.conftest import NOON
from tests.stock.factories import make_connection, make_number, make_price, make_sku

PLACES = [
    ("1501555", "AR", "501", "555", "Little Rock", "LITTLEROCK"),
    ("1501556", "AR", "501", "556", "Conway", "CONWAY"),
    ("1870555", "AR", "870", "555", "Jonesboro", "JONESBORO"),
    ("1212555", "NY", "212", "555", "New York", "NWYRCYZN01"),
]


def make_exchange(prefix, region, npa, nxx, city, rate_center):
    return Exchange.objects.create(
        prefix=prefix,
        country="US",
        region=region,
        npa=npa,
        nxx=nxx,
        city=city,
        rate_center=rate_center,
        number_type=NumberType.GEOGRAPHIC,
    )


@pytest.fixture
def stock(tenant):
    """Five numbers of three places in Arkansas, and the plan with one of New York."""
    make_connection(synced_at=NOON)
    make_price()
    Exchange.objects.all().delete()
    for place in PLACES:
        make_exchange(*place)
    make_number(digits="15015550100")
    make_number(digits="15015550101", has_sms=False)
    make_number(digits="15015560100", nxx="556", city="Conway", rate_center="CONWAY")
    make_number(
        digits="18705550100", npa="870", city="Jonesboro", rate_center="JONESBORO", has_sms=False
    )
    make_number(digits="12125550100", region="NY", npa="212", city="New York", rate_center="NY")
    counting.rebuild()


def find(client, **wanted):
    return client.get("/buy/", {"country": "US", "region": "AR", **wanted})


def numbers_on(response):
    return sorted(offer.number.digits for offer in response.context["offers"])


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["15015550100", "15015550101", "15015560100", "18705550100"]),
        ({"npa": "870"}, ["18705550100"]),
        ({"npa": "501", "nxx": "556"}, ["15015560100"]),
        ({"nxx": "555"}, ["15015550100", "15015550101", "18705550100"]),
        ({"rate_center": "littlerock"}, ["15015550100", "15015550101"]),
        ({"city": "little rock"}, ["15015550100", "15015550101"]),
        ({"sms": "on"}, ["15015550100", "15015560100"]),
        ({"region": "NY"}, ["12125550100"]),
    ],
)
def test_finds_what_was_asked_for(member, stock, wanted, found):
    assert numbers_on(find(member, **wanted)) == found


def test_lists_numbers_with_their_place_and_the_tenants_prices(member, stock):
    page = find(member, city="Little Rock").text

    assert "+1 501-555-0100" in page
    assert "LITTLEROCK" in page
    assert "$1.00" in page
    assert "$1.20" in page
    assert "$0.0085" in page


def test_choices_say_how_many_numbers_they_leave(member, stock):
    page = find(member)

    assert "Arkansas (4)" in page.text
    counted = {choice.label: choice.available for choice in page.context["narrowings"]}
    assert counted == {"501": 3, "870": 1}


def test_area_code_narrows_to_its_exchanges(member, stock):
    narrowings = find(member, npa="501").context["narrowings"]

    assert {choice.label: choice.available for choice in narrowings} == {"555": 2, "556": 1}
    assert "nxx=555" in narrowings[0].url


def test_number_in_a_cart_is_not_for_sale(member, other_admin, stock):
    other_admin.post("/cart/add/", {"number": "15015550100"})

    assert "15015550100" not in numbers_on(find(member))


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"region": ""}, "Choose a state of United States"),
        ({"region": "XX"}, "Choose a state of United States"),
        ({"npa": "212"}, "212 is an area code of New York, not of Arkansas."),
        ({"npa": "999"}, "There is no area code 999."),
        ({"npa": "12"}, "An area code has three digits"),
        ({"npa": "101"}, "begins with 2 to 9"),
        ({"nxx": "911"}, "911 is a service code"),
        ({"nxx": "1"}, "An exchange (NXX) has three digits"),
        ({"npa": "501", "nxx": "999"}, "There is no exchange 501-999."),
        ({"city": "Litle Rok"}, "Did you mean Little Rock?"),
        ({"city": "Zzyzx"}, "There is no city “Zzyzx” in Arkansas."),
        ({"city": "New York"}, "There is no city “New York” in Arkansas."),
        ({"rate_center": "LITLEROCK"}, "Did you mean LITTLEROCK?"),
        ({"country": "ZZ"}, "Select a valid choice"),
    ],
)
def test_says_what_is_wrong_with_a_search(member, stock, wanted, words):
    response = find(member, **wanted)

    assert words in response.text.replace("&#x27;", "'")
    assert "offers" not in response.context


def test_nothing_found_says_what_to_leave_out(member, stock):
    assert "No number matches" in find(member, npa="870", sms="on").text


def test_says_how_fresh_the_stock_is(member, stock):
    assert "Stock refreshed" in find(member).text


def test_first_visit_asks_for_a_state(member, stock):
    page = member.get("/buy/").text

    assert "Where should your number be?" in page
    assert "Choose a state" in page


def test_pages_follow_by_key(member, stock):
    make_more = [make_number(digits=f"150155502{n:02}").digits for n in range(60)]
    first = find(member, city="Little Rock")

    second = member.get(f"/buy/{first.context['page'].next}")

    shown = numbers_on(first) + numbers_on(second)
    assert shown == sorted(shown)
    assert set(make_more) <= set(shown)


def test_htmx_gets_the_search_alone(member, stock):
    response = member.get(
        "/buy/", {"country": "US", "region": "AR"}, headers={"hx-request": "true"}
    )

    assert response.text.lstrip().startswith('<div id="search"')


def test_cities_are_suggested_with_their_counts(member, stock):
    page = member.get("/buy/cities/", {"country": "US", "region": "AR", "city": "li"}).text

    assert 'data-value="Little Rock"' in page
    assert "Conway" not in page


def test_rate_centers_are_suggested(member, stock):
    page = member.get("/buy/rate-centers/", {"region": "AR", "rate_center": "con"}).text

    assert 'data-value="CONWAY"' in page


def test_asks_the_database_a_fixed_number_of_times(member, stock, django_assert_max_num_queries):
    find(member)

    # Half of them are the SET search_path before each of the others.
    with django_assert_max_num_queries(28):
        find(member, npa="501", city="Little Rock")


def test_stranger_is_asked_to_sign_in(stranger, stock):
    assert find(stranger).status_code == 302


def test_country_without_states_asks_for_a_city_or_an_area_code(member, stock):
    make_number(
        digits="4930901820",
        country="DE",
        region="",
        npa="30",
        nxx="90",
        city="Berlin",
        sku=make_sku(code="DE-GEO", country="DE"),
        rate_center="",
    )
    counting.rebuild()

    page = member.get("/buy/", {"country": "DE"}).text

    assert "Choose a city, or type an area code." in page
    assert 'name="region"' not in page
