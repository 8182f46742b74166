"""Price lists as staff see and change them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from stock import repricing
from stock.models import Price, PriceList
from tenants.models import StaffAct, TenantGroup
from tests.stock.factories import make_price, make_sku
from tests.stock.pricing import OLGA, make_list, make_terms

DAY = timedelta(days=1)


@pytest.fixture
def listed(db):
    make_price(monthly_price=120)
    return make_list()


@pytest.fixture
def group(db):
    return TenantGroup.objects.create(name="Partners")


def address(listed, act=""):
    return f"/prices/lists/{listed.reference}/{act}"


def test_lists_show_for_whom_and_how_many_prices(support, listed, group):
    make_list(group=group, name="Partners USD")

    page = support.get("/prices/").text

    assert "Partners USD" in page
    assert "Everybody" in page


def test_many_lists_cost_as_few_queries_as_one(support, db, django_assert_max_num_queries):
    for n in range(20):
        make_list(group=TenantGroup.objects.create(name=f"Group {n}"), name=f"List {n}")

    with django_assert_max_num_queries(20):
        assert "List 19" in support.get("/prices/").text


def test_operator_adds_a_list_for_a_group(operator, group):
    wanted = {"name": "Partners EUR", "currency": "EUR", "group": group.reference}

    answer = operator.post("/prices/lists/add/", wanted)

    added = PriceList.objects.get()
    assert (added.name, added.currency, added.group) == ("Partners EUR", "EUR", group)
    assert answer.url == address(added)
    assert StaffAct.objects.get().kind == "price_list_added"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"name": "Again", "currency": "USD"}, "There is a list in USD for everybody already."),
        ({"name": "Beans", "currency": "XXX"}, "not one of the available choices"),
        ({"name": "", "currency": "EUR"}, "This field is required."),
    ],
)
def test_a_list_that_cannot_be_is_refused_with_words(operator, listed, wanted, words):
    answer = operator.post("/prices/lists/add/", wanted)

    assert answer.status_code == 422
    assert words in answer.text
    assert PriceList.objects.count() == 1


def test_a_list_is_renamed(operator, listed):
    operator.post(address(listed, "rename/"), {"name": "Retail"})

    listed.refresh_from_db()
    assert listed.name == "Retail"
    assert StaffAct.objects.get().reason == "was USD"


def test_only_a_list_without_a_past_is_removed(operator, listed, group):
    empty = make_list(group=group, name="Partners USD")

    kept = operator.post(address(listed, "remove/"), follow=True)
    operator.post(address(empty, "remove/"))

    assert "is kept" in kept.text
    assert list(PriceList.objects.all()) == [listed]


@pytest.mark.parametrize(
    ("show", "months"),
    [("", ["$1.20"]), ("now", ["$1.20"]), ("to_come", ["$1.50"]), ("past", []), ("none", [])],
)
def test_shows_prices_of_now_or_later(support, listed, show, months):
    later = timezone.now() + DAY
    repricing.set_price(
        listed, make_sku(), make_terms(monthly_price=150), begins_at=later, actor=OLGA, at=later
    )

    rows = support.get(address(listed), {"show": show}, headers={"hx-request": "true"}).text

    assert [one for one in ("$1.20", "$1.50") if one in rows] == months


def test_shows_what_has_no_price(support, listed):
    make_sku(code="US-TF", number_type="toll_free", name="Toll-free")

    page = support.get(address(listed), {"show": "none"}).text

    assert "US-TF" in page
    assert "US-GEO" not in page


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [
        ({"q": "us-g"}, True),
        ({"q": "united"}, True),
        ({"country": "us"}, True),
        ({"number_type": "geographic"}, True),
        ({"q": "fr"}, False),
        ({"country": "FR"}, False),
        ({"number_type": "mobile"}, False),
    ],
)
def test_a_filter_narrows_the_list(support, listed, query, is_shown):
    page = support.get(address(listed), query).text

    assert ("US-GEO" in page, "No price matches" in page) == (is_shown, not is_shown)


def test_a_page_of_many_costs_the_same(support, listed, django_assert_max_num_queries):
    for n in range(60):
        make_price(make_sku(code=f"US-{n:02}", region="AR", city=f"City {n}"))

    with django_assert_max_num_queries(22):
        page = support.get(address(listed)).text

    assert "after=US-49" in page
    assert "US-59" in support.get(address(listed), {"after": "US-49"}).text


def test_downloads_what_can_be_sent_in_again(support, listed):
    later = timezone.now() + DAY
    repricing.set_price(
        listed, make_sku(), make_terms(monthly_price=150), begins_at=later, actor=OLGA, at=later
    )

    all_from_now_on = support.get(address(listed, "export/")).getvalue().decode().splitlines()
    of_now = support.get(address(listed, "export/"), {"show": "now"}).getvalue().decode()

    assert all_from_now_on[0].startswith("sku,valid_from,valid_until,currency,setup,month")
    assert [line.split(",")[5] for line in all_from_now_on[1:]] == ["1.20", "1.50"]
    assert len(of_now.splitlines()) == 2


def test_support_looks_and_changes_nothing(support, listed):
    assert support.get(address(listed)).status_code == 200
    assert support.post(address(listed, "rename/"), {"name": "x"}).status_code == 403
    assert support.post("/prices/lists/add/", {}).status_code == 403
    assert "Import CSV" not in support.get(address(listed)).text
    assert Price.objects.count() == 1
