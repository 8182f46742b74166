import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from carriers.models import Connection
from lifecycle.actors import SYSTEM, done_by
from purchase import suggesting
from stock import counting
from stock.models import Exchange, NumberType, Price, Requirement, StockNumber
from tests.conftest import NOON
from tests.purchase.factories import ask
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
    return sorted(offer.number.digits for offer in response.context["results"].offers)


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


def test_a_known_city_is_looked_up_and_no_list_of_cities_read(member, stock):
    with CaptureQueriesContext(connection) as captured:
        assert len(numbers_on(find(member, city="LITTLE rock"))) == 2

    asked = [
        query["sql"] for query in captured if 'UPPER("stock_placecount"."name"' in query["sql"]
    ]
    assert len(asked) == 1
    assert not [query for query in captured if 'stock_exchange"' in query["sql"]]


def test_a_city_of_the_plan_without_numbers_is_known(member, stock):
    make_exchange("1501557", "AR", "501", "557", "Benton", "BENTON")

    results = find(member, city="benton").context["results"]

    assert "of Benton" in results.why_nothing


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
    counted = {choice.label: choice.found for choice in page.context["results"].narrowings}
    assert counted == {"501": 3, "870": 1}


def test_area_code_narrows_to_its_exchanges(member, stock):
    narrowings = find(member, npa="501").context["results"].narrowings

    assert {choice.label: choice.found for choice in narrowings} == {"555": 2, "556": 1}
    assert "nxx=555" in narrowings[0].url


def test_number_in_a_cart_is_not_for_sale(member, other_admin, stock):
    other_admin.post("/cart/add/", {"number": "15015550100"})

    assert "15015550100" not in numbers_on(find(member))


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"region": ""}, "Choose a state of the United States"),
        ({"region": "XX"}, "Choose a state of the United States"),
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
        ({"rate_center": "Zzyzx"}, "There is no rate center “ZZYZX” in Arkansas."),
        ({"country": "JP"}, "No numbers of Japan are for sale at present."),
    ],
)
def test_says_what_is_wrong_with_a_search(member, stock, wanted, words):
    response = find(member, **wanted)

    assert words in response.text.replace("&#x27;", "'")
    assert "results" not in response.context


def test_nothing_found_says_what_to_leave_out(member, stock):
    assert "Nothing found" in find(member, npa="870", sms="on").text


def test_says_how_fresh_the_stock_is(member, stock):
    assert "Stock refreshed" in find(member).text


def test_first_visit_asks_for_a_state(member, stock):
    page = member.get("/buy/").text

    assert "Where should your number be?" in page
    assert "Choose a state" in page


def test_pages_follow_by_key(member, stock):
    make_more = [make_number(digits=f"150155502{n:02}").digits for n in range(60)]
    first = find(member, city="Little Rock")

    second = member.get(f"/buy/{first.context['results'].next}")

    shown = numbers_on(first) + numbers_on(second)
    assert shown == sorted(shown)
    assert set(make_more) <= set(shown)


def test_htmx_gets_the_search_alone(member, stock):
    response = member.get(
        "/buy/", {"country": "US", "region": "AR"}, headers={"hx-request": "true"}
    )

    assert response.text.lstrip().startswith('<div id="search"')


@pytest.mark.parametrize("page", ["/buy/", "/buy/cities/", "/buy/rate-centers/"])
@pytest.mark.parametrize(
    "wanted", [{"country": "\0"}, {"country": "USA"}, {"country": "US", "region": "\0"}]
)
def test_places_are_looked_up_in_known_countries_only(member, stock, page, wanted):
    shown = member.get(page, {"npa": "501", "nxx": "555", "city": "Conway", **wanted})

    assert shown.status_code == 200
    assert "data-value" not in shown.text


def test_a_city_gives_way_to_a_type_that_has_none(member, registered):
    page = find_mobile(member, city="Berlin", rate_center="BERLIN")

    assert numbers_on(page) == ["4915112345678", "4915112345679"]


def test_cities_are_suggested_with_their_counts(member, stock):
    page = member.get("/buy/cities/", {"country": "US", "region": "AR", "city": "li"}).text

    assert 'data-value="Little Rock"' in page
    assert "Conway" not in page


def test_rate_centers_are_suggested(member, stock):
    page = member.get("/buy/rate-centers/", {"region": "AR", "rate_center": "con"}).text

    assert 'data-value="CONWAY"' in page


@pytest.mark.parametrize(
    "wanted",
    [
        {"npa": "501", "city": "Little Rock"},
        {"pattern": "*0100"},
        {"order": "memorable"},
        {"look": "block", "length": "2"},
    ],
)
def test_asks_the_database_a_fixed_number_of_times(
    member, stock, wanted, django_assert_max_num_queries
):
    find(member, **wanted)

    # Half of them are the SET search_path before each of the others.
    with django_assert_max_num_queries(46):
        find(member, **wanted)


def test_nothing_found_costs_a_bounded_number_of_queries(
    member, stock, django_assert_max_num_queries
):
    with django_assert_max_num_queries(46 + 2 * 6 * suggesting.MOST_TRIES):
        find(member, pattern="501-777-7777", sms="on", fax="on", city="Conway")


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


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"pattern": "501-555-010X"}, ["15015550100", "15015550101"]),
        ({"pattern": "*0100"}, ["15015550100", "15015560100", "18705550100"]),
        ({"pattern": "870*"}, ["18705550100"]),
        ({"pattern": "*0100", "region": ""}, [
            "12125550100", "15015550100", "15015560100", "18705550100"
        ]),
        ({"pattern": "*0100", "city": "Conway"}, ["15015560100"]),
        ({"look": "same", "length": "3"}, ["15015550100", "15015550101", "18705550100"]),
        ({"look": "same_at_end", "length": "3"}, []),
        ({"look": "same", "length": "3", "pattern": "*01"}, ["15015550101"]),
        ({"voice": "on"}, ["15015550100", "15015550101", "15015560100", "18705550100"]),
        ({"fax": "on"}, []),
    ],
)  # fmt: skip
def test_finds_digits_and_capabilities(member, stock, wanted, found):
    results = find(member, **wanted).context["results"]

    assert sorted(offer.number.digits for offer in results.offers) == found


def test_marks_what_fitted_and_says_how_the_pattern_was_read(member, stock):
    page = find(member, pattern="*OL-OO").text

    assert "*OL-OO = <b>ends in 6566</b>" in page


def test_matched_digits_are_marked_and_said(member, stock):
    page = find(member, pattern="501-555-010X").text

    assert "+1 <mark>501-555-010</mark>0" in page
    assert "(matches 501-555-010)" in page


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("877-555-XX", "has 8 places, numbers of the United States have 10: add XX, or *"),
        ("***", "“***” fits every number."),
        ("<script>", "“&lt;” cannot be part of a pattern."),
        ("212-555-XXXX", "212 is an area code of New York, not of Arkansas."),
        ("999-555-XXXX", "There is no area code 999."),
        ("+65*", "Behind the plus comes +1, the calling code of the United States."),
        ("X" * 41, "at most 40 characters"),
    ],
)
def test_says_what_is_wrong_with_a_pattern(member, stock, pattern, words):
    response = find(member, pattern=pattern)

    assert words in response.text
    assert "<script>" not in response.text.partition("<main")[2]
    assert "results" not in response.context


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"look": "same", "length": "8"}, "Ask for 3 to 7 digits in a row."),
        ({"look": "sequence", "length": "2"}, "Ask for 3 to 7 digits in a row."),
        ({"look": "block", "length": "101"}, "A block has 2 to 100 numbers"),
        ({"look": "block", "length": "1"}, "A block has 2 to 100 numbers"),
        ({"look": "block", "length": "many"}, "Enter a whole number."),
        ({"look": "pretty"}, "Select a valid choice"),
        ({"months": "2"}, "Select a valid choice"),
    ],
)
def test_says_what_is_wrong_with_other_wishes(member, stock, wanted, words):
    response = find(member, **wanted)

    assert words in response.text
    assert "results" not in response.context


@pytest.mark.parametrize(
    "key", ["x", "5-", "-15015550100", "9" * 5000, "1-" + "9" * 16, "\u0665-\u0665"]
)
@pytest.mark.parametrize("look", ["", "block"])
def test_a_key_that_is_none_begins_at_the_start(member, stock, key, look):
    wanted = {"look": look, "length": "2"}

    shown = find(member, after=key, **wanted).context["results"]
    at_the_start = find(member, **wanted).context["results"]

    assert shown.count
    assert (shown.offers, shown.blocks) == (at_the_start.offers, at_the_start.blocks)


def test_a_country_without_stock_has_no_patterns_either(member, stock):
    page = find(member, country="JP", pattern="*7*")

    assert "No numbers of Japan are for sale at present." in page.text
    assert "results" not in page.context


def test_the_most_memorable_come_first(member, stock):
    make_number(digits="15015557777")
    counting.rebuild()

    offers = find(member, order="memorable").context["results"].offers

    assert offers[0].number.digits == "15015557777"
    scores = [offer.verdict.score for offer in offers]
    assert scores == sorted(scores, reverse=True)


def test_pages_of_the_most_memorable_follow_by_key(member, stock):
    for n in range(60):
        make_number(digits=f"15015550{2 * n + 200}")
    counting.rebuild()
    first = find(member, order="memorable")

    second = member.get(f"/buy/{first.context['results'].next}")

    shown = [
        offer.number.digits for page in (first, second) for offer in page.context["results"].offers
    ]
    assert len(shown) == len(set(shown)) == 64


@pytest.fixture
def registered(stock):
    """Two mobile numbers of Germany, which need registration and are paid for three months."""
    sku = make_sku(code="DE-MOB", country="DE", number_type=NumberType.MOBILE)
    make_price(sku, minimum_months=3)
    for digits in ("4915112345678", "4915112345679"):
        make_number(
            digits=digits,
            country="DE",
            region="",
            npa="151",
            nxx="1234",
            city="",
            rate_center="",
            number_type=NumberType.MOBILE,
            sku=sku,
        )
    Requirement.objects.create(
        country="DE",
        number_type=NumberType.MOBILE,
        version=1,
        needs_registration=True,
        written_at=NOON,
        **done_by(SYSTEM),
    )
    counting.rebuild()


def find_mobile(client, **wanted):
    return client.get("/buy/", {"country": "DE", "type": "mobile", **wanted})


def test_every_type_with_stock_can_be_searched_without_a_state(member, registered):
    page = find_mobile(member)

    assert numbers_on(page) == ["4915112345678", "4915112345679"]
    assert "Needs registration" in page.text
    assert "at least 3 months" in page.text


def test_types_without_stock_are_not_offered(member, registered):
    assert [value for value, _ in find(member).context["form"].fields["type"].choices] == [
        "geographic"
    ]


def test_the_type_of_another_country_gives_way(member, registered):
    page = find(member, type="mobile")

    assert page.context["form"].chosen_type == "geographic"
    assert "15015550100" in numbers_on(page)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"registration": "none"}, "Mobile numbers of Germany need registration."),
        ({"months": "1"}, "Mobile numbers of Germany cannot be paid for so short a period."),
    ],
)
def test_terms_that_no_number_has_are_named(member, registered, wanted, words):
    page = find_mobile(member, **wanted)

    assert words in page.text
    [link] = page.context["results"].suggestions
    assert len(numbers_on(member.get(f"/buy/{link.url}"))) == link.found == 2


def test_terms_that_all_numbers_have_leave_them_all(member, registered):
    assert len(numbers_on(find_mobile(member, registration="needed", months="3"))) == 2
    assert "need no registration" in find(member, registration="needed").text


def test_numbers_the_tenant_has_no_price_for_are_not_found(member, registered):
    Price.objects.filter(sku__code="DE-MOB").delete()

    assert "are not for sale at present" in find_mobile(member).text


def test_what_is_for_no_period_on_sale_is_not_said_to_be_for_a_longer_one(member, registered):
    Price.objects.filter(sku__code="DE-MOB").delete()

    assert "are not for sale at present" in find_mobile(member, months="1").text


@pytest.fixture
def dear(stock):
    """Sixty neighbours that cost us more than their price, before all others."""
    digits = [f"150155500{n:02}" for n in range(60)]
    for one in digits:
        make_number(digits=one, monthly_cost="9.00")
    return digits


def test_numbers_too_dear_for_their_price_leave_the_page_to_others(member, dear):
    counting.rebuild()

    results = find(member, npa="501").context["results"]

    assert [offer.number.digits for offer in results.offers] == [
        "15015550100",
        "15015550101",
        "15015560100",
    ]
    assert (results.next, results.narrowings) == ("", [])


def test_blocks_too_dear_for_their_price_leave_the_page_to_others(member, dear):
    counting.rebuild()

    results = find(member, look="block", length="2").context["results"]

    assert [offer.block.first for offer in results.blocks] == ["15015550100"]
    assert results.next == ""


def test_dear_numbers_that_are_not_counted_yet_leave_the_way_to_the_next_page(member, dear):
    page = find(member, npa="501")

    assert "Nothing found" not in page.text
    assert numbers_on(page) == []
    assert len(numbers_on(member.get(f"/buy/{page.context['results'].next}"))) == 3


def test_suggestions_count_what_can_be_bought(member, dear):
    counting.rebuild()

    results = find(member, city="Conway", pattern="*55-010X").context["results"]

    counted = {link.label: link.found for link in results.suggestions}
    assert counted["Not only in Conway"] == 3


def test_a_carrier_that_does_not_buy_offers_nothing(member, stock):
    Connection.objects.update(is_buying_allowed=False)
    StockNumber.objects.filter(digits="15015550101").update(ours_since=NOON)

    assert numbers_on(find(member)) == ["15015550101"]
    assert not find(member, look="block", length="2").context["results"].blocks


def test_what_is_asked_without_registration_is_shown_with_the_numbers(member, stock):
    ask(is_sample=True)

    page = find(member).text

    assert "What is asked for these numbers" in page
    assert "Extract of the register" in page
    assert "Sample: to be checked by compliance" in page
    assert "Needs registration" not in page
