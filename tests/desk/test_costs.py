from datetime import timedelta

import pytest
from django.utils import timezone

from stock.models import Cost
from tests.stock.factories import make_connection, make_sku
from tests.stock.pricing import make_cost

TERMS = {"begins_on": "", "currency": "eur", "setup": "0.2", "month": "0.4321"}


@pytest.fixture
def cost(db):
    return make_cost(connection=make_connection(name="Northern"))


def address(cost, act=""):
    return f"/prices/costs/{cost.connection.reference}/{cost.sku.reference}/{act}"


def newest():
    return Cost.objects.order_by("-id")[0]


def test_lists_what_carriers_ask(support, cost):
    page = support.get("/prices/costs/").text

    assert "Northern" in page
    assert "$0.40" in page


def test_a_filter_narrows_the_list(support, cost):
    make_cost(make_sku(code="US-TF", number_type="toll_free"), monthly_cost="0.77")
    northern = {"connection": cost.connection.reference}

    assert "$0.77" not in support.get("/prices/costs/", northern).text
    assert "$0.40" in support.get("/prices/costs/", northern).text
    assert "$0.40" not in support.get("/prices/costs/", {"q": "tf"}).text
    assert "No cost matches" in support.get("/prices/costs/", {"show": "past"}).text


def test_a_carrier_and_a_time_are_of_one_cost(support, cost):
    make_cost(cost.sku, connection=make_connection(name="Past"), ends_at=timezone.now())
    make_cost(cost.sku, connection=make_connection(name="Other"), monthly_cost="0.77")
    past = {"connection": make_connection(name="Past").reference}

    assert "No cost matches" in support.get("/prices/costs/", past).text
    assert "US-GEO" in support.get("/prices/costs/", past | {"show": "past"}).text


def test_a_page_of_many_costs_the_same(support, db, django_assert_max_num_queries):
    for n in range(60):
        make_cost(make_sku(code=f"US-{n:02}", region="AR", city=f"City {n}"))

    with django_assert_max_num_queries(18):
        assert "after=US-49" in support.get("/prices/costs/").text


def test_downloads_what_can_be_sent_in_again(support, cost):
    query = {"connection": cost.connection.reference}

    lines = support.get("/prices/costs/export/", query).getvalue().decode().splitlines()

    assert lines == [
        "carrier,sku,valid_from,valid_until,currency,setup,month",
        "Northern,US-GEO,2025-01-01,,USD,0.2,0.4",
    ]


def test_a_cost_is_set_for_a_chosen_sku_and_carrier(operator, cost):
    chosen = {"connection": cost.connection.reference, "sku": "us-geo"}
    answer = operator.post("/prices/costs/choose/", chosen)
    assert answer.url == address(cost)

    operator.post(f"{answer.url}set/", TERMS)

    found = newest()
    assert (found.currency, str(found.monthly_cost), found.actor_name) == ("EUR", "0.4321", "Olga")


def test_a_sku_that_is_not_there_is_told(operator, cost):
    chosen = {"connection": cost.connection.reference, "sku": "us-nope"}

    answer = operator.post("/prices/costs/choose/", chosen)

    assert (answer.status_code, "There is no SKU US-NOPE." in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"currency": "XYZ"}, "XYZ is no currency"),
        ({"month": "-0.1"}, "greater than or equal to 0"),
        ({"month": "0.12345"}, "no more than 4 decimal places"),
        ({"month": "100000"}, "less than or equal to 99999"),
    ],
)
def test_bad_input_says_what_is_wrong_and_changes_nothing(operator, cost, changes, words):
    answer = operator.post(address(cost, "set/"), TERMS | changes)

    assert answer.status_code == 422
    assert words in answer.text
    assert Cost.objects.get().valid.upper is None


def test_a_cost_to_come_is_withdrawn_and_one_of_now_ended(operator, cost):
    day = timezone.now().date() + timedelta(days=9)
    operator.post(address(cost, "set/"), TERMS | {"begins_on": day.isoformat()})

    operator.post(f"/prices/costs/versions/{newest().reference}/withdraw/")
    late = operator.post(f"/prices/costs/versions/{cost.reference}/withdraw/", follow=True)
    operator.post(f"/prices/costs/versions/{cost.reference}/end/")
    over = operator.post(f"/prices/costs/versions/{cost.reference}/end/", follow=True)

    assert "This cost has begun by now." in late.text
    assert "This cost is over by now." in over.text
    assert Cost.objects.get().valid.upper is not None


def test_support_looks_and_sets_nothing(support, cost):
    assert support.get(address(cost)).status_code == 200
    assert support.post(address(cost, "set/"), TERMS).status_code == 403
    assert support.post("/prices/costs/choose/", {}).status_code == 403
