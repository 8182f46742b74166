import pytest
from django.utils import timezone

from stock import counting, fitting
from stock.loading import load_plan
from stock.models import Sku, StockNumber
from stock.numbering_plan import PlanRow
from tests.stock.factories import make_number, make_price, make_sku

NEW = {
    "code": "us-nyc",
    "name": "New York City",
    "country": "US",
    "number_type": "geographic",
    "region": "ny",
    "city": "New York City",
}


@pytest.fixture
def number(tenant):
    load_plan([PlanRow("1212202", "US", "NY", "212", "202", "New York City", "", "", "geographic")])
    make_price()
    number = make_number(digits="12122020100", region="NY", city="New York City")
    counting.recount_stale()
    return number


def address(sku, act=""):
    return f"/prices/skus/{sku.reference}/{act}"


def fit():
    fitting.fit_numbers(at=timezone.now())


def test_lists_what_is_sold_with_how_many_numbers(support, number):
    page = support.get("/prices/skus/").text

    assert "US-GEO" in page
    assert ">1<" in page


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [({"q": "geo"}, True), ({"country": "us"}, True), ({"number_type": "mobile"}, False)],
)
def test_a_filter_narrows_the_list(support, number, query, is_shown):
    assert ("United States" in support.get("/prices/skus/", query).text) == is_shown


def test_a_page_of_many_costs_the_same(support, db, django_assert_max_num_queries):
    for n in range(60):
        make_sku(code=f"US-{n:02}", region="AR", city=f"City {n}")

    with django_assert_max_num_queries(18):
        assert "after=US-49" in support.get("/prices/skus/").text


def test_the_list_goes_into_a_file(support, number):
    lines = support.get("/prices/skus/export/").getvalue().decode().splitlines()

    assert lines[1] == 'US-GEO,"United States, geographic",US,geographic,,,1'


def test_an_added_skus_numbers_move_and_the_page_says_how_many(operator, number):
    answer = operator.post("/prices/skus/add/", NEW)
    sku = Sku.objects.get(code="US-NYC")
    assert answer.url == address(sku)
    assert "Moving" in operator.get(address(sku)).text

    fit()

    part = operator.get(address(sku), headers={"hx-request": "true"}).text
    assert ("Done" in part, "every 2s" in part) == (True, False)
    assert StockNumber.objects.get().sku == sku


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"city": "Gotham"}, "no such number in Gotham"),
        ({"city": "", "region": ""}, "Name a region or a city"),
        ({"code": "US GEO!"}, "letters, digits and dashes only"),
        ({"code": "US-GEO"}, "kept for a whole country"),
        ({"country": "XX"}, "not one of the available choices"),
    ],
)
def test_bad_input_says_what_is_wrong_and_adds_nothing(operator, number, changes, words):
    answer = operator.post("/prices/skus/add/", NEW | changes)

    assert answer.status_code == 422
    assert words in answer.text
    assert Sku.objects.count() == 1


def test_a_sku_is_renamed_but_not_to_what_another_is_called(operator, number):
    operator.post("/prices/skus/add/", NEW)
    sku = Sku.objects.get(code="US-NYC")

    operator.post(address(sku, "change/"), {"code": "us-apple", "name": "Apple"})
    make_sku(code="US-AR", region="AR")
    refused = operator.post(address(sku, "change/"), {"code": "us-ar", "name": "Apple"})

    assert (refused.status_code, "US-AR is the code of a SKU already" in refused.text) == (
        422,
        True,
    )
    sku.refresh_from_db()
    assert (sku.code, sku.name) == ("US-APPLE", "Apple")


def test_a_removed_skus_numbers_go_back(operator, number):
    operator.post("/prices/skus/add/", NEW)
    fit()
    sku = Sku.objects.get(code="US-NYC")

    operator.post(address(sku, "remove/"))
    fit()

    assert StockNumber.objects.get().sku.code == "US-GEO"
    rows = operator.get("/prices/skus/", headers={"hx-request": "true"}).text
    assert ("US-GEO" in rows, "US-NYC" in rows) == (True, False)
    assert "Removed on" in operator.get(address(sku)).text


def test_what_cannot_be_removed_says_why(operator, number):
    operator.post("/prices/skus/add/", NEW)
    moving = Sku.objects.get(code="US-NYC")
    country = Sku.objects.get(code="US-GEO")

    busy = operator.post(address(moving, "remove/"), follow=True)
    whole = operator.post(address(country, "remove/"), follow=True)

    assert "Wait until that is done." in busy.text
    assert "The SKU of a whole country stays" in whole.text
    assert not Sku.objects.exclude(removed_at=None).exists()


def test_support_looks_and_changes_nothing(support, number):
    sku = Sku.objects.get()

    assert support.get(address(sku)).status_code == 200
    assert support.get("/prices/skus/add/").status_code == 403
    assert support.post(address(sku, "remove/")).status_code == 403
