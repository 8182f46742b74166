import csv
from io import StringIO

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from lifecycle.actors import SYSTEM, done_by
from stock import counting
from stock.models import Requirement, StockNumber
from tests.conftest import NOON
from tests.purchase.factories import ask
from tests.stock.factories import BEGINNING, make_connection, make_number, make_price, make_sku

CONWAY = {"nxx": "327", "city": "Conway", "rate_center": "CONWAY"}
TOLL_FREE = {"region": "", "npa": "800", "nxx": "", "city": "", "rate_center": "", "setup_cost": 0}
BERLIN = {"country": "DE", "region": "", "npa": "30", "nxx": "9018", "city": "Berlin"}


@pytest.fixture
def stock(tenant):
    """Three numbers of Little Rock, one of Conway, toll-free ones and one of Berlin."""
    make_connection(synced_at=NOON)
    make_price(channel_price=80, connect_rate="0.01")
    for n in range(3):
        make_number(digits=f"1501555010{n}", has_sms=n > 0, has_fax=n == 0)
    make_number(digits="15013270100", **CONWAY)
    toll_free = make_sku(code="US-TF", number_type="toll_free")
    make_price(toll_free, setup_price=0, monthly_price=250, year_price=2400, minimum_months=12)
    make_number(digits="18005550100", number_type="toll_free", sku=toll_free, **TOLL_FREE)
    german = make_sku(code="DE-GEO", country="DE")
    make_price(german, monthly_price=300)
    make_number(digits="493090180001", sku=german, rate_center="", **BERLIN)
    ask_for_registration("DE", "geographic")
    counting.rebuild()


def ask_for_registration(country, number_type):
    Requirement.objects.create(
        country=country,
        number_type=number_type,
        version=1,
        needs_registration=True,
        written_at=NOON,
        **done_by(SYSTEM),
    )


def find(client, **wanted):
    return client.get("/buy/coverage/", wanted)


def places_on(response):
    return [f"{each.place.npa} {each.place.city}".strip() for each in response.context["offers"]]


def test_shows_the_tenants_own_country_first(member, stock):
    page = find(member)

    assert page.context["form"].chosen_country == "US"
    assert places_on(page) == ["800", "501 Conway", "501 Little Rock"]


def test_another_country_is_chosen_if_the_tenants_own_has_nothing(member, tenant, stock):
    tenant.country = "CH"
    tenant.save(update_fields=["country"])

    assert find(member).context["form"].chosen_country == "US"


def test_a_row_says_what_a_number_costs_and_can_do(member, stock):
    page = find(member, place="little")

    [offer] = page.context["offers"]
    assert (offer.available, offer.with_sms, offer.unit_price, offer.months) == (3, 2, 220, 1)
    for words in ("+1 501", "Little Rock", "Arkansas", "$1.00", "$1.20", "$0.0085", "$0.01"):
        assert words in page.text
    assert "+$0.80" in page.text
    assert "$2.20" in page.text


def test_the_unit_cost_covers_the_shortest_period_that_is_sold(member, stock):
    [offer] = find(member, number_type="toll_free").context["offers"]

    assert (offer.months, offer.unit_price) == (12, 2400)


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ({"place": "LITTLE"}, ["501 Little Rock"]),
        ({"place": "+1 (501)"}, ["501 Conway", "501 Little Rock"]),
        ({"place": "1501"}, ["501 Conway", "501 Little Rock"]),
        ({"place": "501-327"}, ["501 Conway", "501 Little Rock"]),
        ({"place": "8"}, ["800"]),
        ({"place": "1"}, ["800", "501 Conway", "501 Little Rock"]),
        ({"place": "501\N{EN DASH}327"}, ["501 Conway", "501 Little Rock"]),
        ({"country": "DE", "place": "0049 30"}, ["30 Berlin"]),
        ({"number_type": "toll_free"}, ["800"]),
        ({"service": "fax"}, ["501 Little Rock"]),
        ({"service": "emergency"}, []),
        ({"months": "12"}, ["800", "501 Conway", "501 Little Rock"]),
        ({"months": "1"}, ["501 Conway", "501 Little Rock"]),
        ({"no_setup": "on"}, ["800"]),
        ({"registration": "needed"}, []),
        ({"registration": "not-needed"}, ["800", "501 Conway", "501 Little Rock"]),
        ({"country": "DE"}, ["30 Berlin"]),
        ({"country": "DE", "place": "030"}, ["30 Berlin"]),
        ({"country": "DE", "place": "+49 30"}, ["30 Berlin"]),
        ({"country": "DE", "registration": "needed"}, ["30 Berlin"]),
        ({"country": "DE", "registration": "not-needed"}, []),
        ({"country": "DE", "registration": "needed", "number_type": "mobile"}, []),
    ],
)
def test_each_filter_keeps_what_fits(member, stock, wanted, places):
    assert places_on(find(member, **wanted)) == places


def test_what_the_types_on_the_page_ask_is_shown(member, stock):
    ask(country="DE", number_type="geographic", is_sample=True)
    ask(country="DE", number_type="mobile", notes="Of mobile numbers.")

    page = find(member, country="DE").text

    assert "Extract of the register" in page
    assert "Sample: to be checked by compliance" in page
    assert "Of mobile numbers." not in page


def test_registration_is_marked(member, stock):
    assert "Registration<span" in find(member, country="DE").text
    assert "Registration<span" not in find(member, country="US").text


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"country": "ZZ"}, "Nothing is for sale there at present."),
        ({"country": "FR"}, "Nothing is for sale there at present."),
        ({"place": "+49 30"}, "Behind the plus comes +1"),
        ({"place": "5+01"}, "Type the name of a city, or the first digits of numbers."),
        ({"place": "50x"}, "Type the name of a city, or the first digits of numbers."),
        (
            {"place": "50\N{ARABIC-INDIC DIGIT ONE}"},
            "Type the name of a city, or the first digits of numbers.",
        ),
        ({"service": "telex"}, "Select a valid choice."),
        ({"months": "7"}, "Select a valid choice."),
        ({"place": "x" * 81}, "at most 80 characters"),
    ],
)
def test_says_what_is_wrong_with_the_filters(member, stock, wanted, words):
    page = find(member, **wanted)

    assert words in page.text
    assert "offers" not in page.context


def test_markup_that_was_typed_is_only_text(member, stock):
    page = find(member, place="<script>alert</script>").text

    assert "<script>alert" not in page
    assert "No place matches" in page


def test_what_has_no_price_or_costs_more_is_not_listed(member, stock):
    make_price(monthly_price=30)

    assert places_on(find(member)) == ["800"]


def test_prices_are_those_of_the_day(member, stock, at):
    make_price(monthly_price=120, valid=DateTimeTZRange(BEGINNING, at.replace(year=2025, month=2)))

    assert places_on(find(member)) == ["800"]


def test_an_empty_shop_says_so(member, tenant):
    assert "Nothing is for sale at present" in find(member).text


def test_pages_follow_by_key(member, stock):
    for n in range(60):
        make_number(digits=f"1501555{1000 + n}", city=f"Town {n:02}")
    counting.rebuild()
    first = find(member)

    second = member.get(f"/buy/coverage/{first.context['page'].next}")
    back = member.get(f"/buy/coverage/{second.context['page'].previous}")

    assert len(places_on(first)) == 50
    assert len(places_on(first) + places_on(second)) == 63
    assert not set(places_on(first)) & set(places_on(second))
    assert places_on(back) == places_on(first)


def test_htmx_gets_the_list_alone(member, stock):
    response = member.get("/buy/coverage/", headers={"hx-request": "true"})

    assert response.text.lstrip().startswith('<div id="coverage"')
    assert "3 places shown." in response.text


def test_says_how_fresh_the_stock_is(member, stock):
    assert "Stock refreshed" in find(member).text


def test_asks_the_database_a_fixed_number_of_times(member, stock, django_assert_max_num_queries):
    StockNumber.objects.filter(digits="15013270100").update(
        setup_cost=None, monthly_cost=None, cost_currency=""
    )
    counting.rebuild()
    find(member)

    # Half of them are the SET search_path before each of the others.
    with django_assert_max_num_queries(24):
        find(member, place="501", service="sms", months="1", registration="not-needed")


def test_what_is_filtered_is_exported(member, stock):
    response = member.get("/buy/coverage/export/", {"country": "US", "place": "little"})

    rows = list(csv.DictReader(StringIO(b"".join(response.streaming_content).decode())))
    assert response["Content-Disposition"] == 'attachment; filename="coverage.csv"'
    assert rows == [
        {
            "Country": "United States",
            "City": "Little Rock",
            "Region": "AR",
            "Prefix": "'+1 501",
            "Type": "Geographic",
            "Available": "3",
            "With SMS": "2",
            "Setup": "1.00",
            "Monthly": "1.20",
            "Minimum months": "1",
            "Per minute": "0.00850",
            "Connection fee": "0.01000",
            "Channel a month": "0.80",
            "Currency": "USD",
            "Needs registration": "no",
        }
    ]


def test_a_wrong_export_is_explained(member, stock):
    response = member.get("/buy/coverage/export/", {"country": "ZZ"})

    assert response.status_code == 422
    assert "Nothing is for sale there" in response.text


def test_stranger_is_asked_to_sign_in(stranger, stock):
    assert find(stranger).status_code == 302
