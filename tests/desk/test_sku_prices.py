"""One SKU's prices in one list: setting, withdrawing and ending them in the browser."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from stock import counting
from stock.models import Price
from tests.stock.factories import make_number, make_price, make_sku
from tests.stock.pricing import make_cost, make_list

TERMS = {
    "begins_on": "",
    "setup": "1.00",
    "month": "1.50",
    "three_months": "",
    "six_months": "",
    "twelve_months": "12.00",
    "minimum_months": "3",
    "channel": "0.80",
    "inbound_minute": "0.0085",
    "connection_fee": "0.01",
    "first_seconds": "30",
    "next_seconds": "6",
    "below_cost_because": "",
}


@pytest.fixture
def price(db):
    return make_price(monthly_price=120)


def address(price, act=""):
    return f"/prices/lists/{price.price_list.reference}/skus/{price.sku.reference}/{act}"


def newest():
    return Price.objects.order_by("-id")[0]


def test_a_price_typed_in_whole_units_holds_from_now_on(operator, price):
    operator.post(address(price, "set/"), TERMS)

    found = newest()
    assert (found.setup_price, found.monthly_price, found.year_price) == (100, 150, 1200)
    assert (found.quarter_price, found.half_year_price, found.minimum_months) == (None, None, 3)
    assert (found.channel_price, str(found.connect_rate)) == (80, "0.01000")
    assert (found.first_increment_seconds, found.next_increment_seconds) == (30, 6)
    price.refresh_from_db()
    assert price.valid.upper == found.valid.lower
    assert found.actor_name == "Olga"


def test_a_price_from_a_later_day_begins_at_its_midnight(operator, price):
    day = timezone.now().date() + timedelta(days=9)

    operator.post(address(price, "set/"), TERMS | {"begins_on": day.isoformat()})

    assert newest().valid.lower.isoformat() == f"{day}T00:00:00+00:00"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"month": "-1"}, "greater than or equal to 0"),
        ({"month": "1.234"}, "no more than 2 decimal places"),
        ({"month": ""}, "This field is required."),
        ({"month": "1000000"}, "less than or equal to 99999"),
        ({"inbound_minute": "1000"}, "less than or equal to 999"),
        ({"inbound_minute": "0.000001"}, "no more than 5 decimal places"),
        ({"minimum_months": "2"}, "not one of the available choices"),
        ({"first_seconds": "0"}, "greater than or equal to 1"),
        ({"begins_on": "tomorrow"}, "Enter a valid date."),
    ],
)
def test_bad_input_says_what_is_wrong_and_changes_nothing(operator, price, changes, words):
    answer = operator.post(address(price, "set/"), TERMS | changes)

    assert answer.status_code == 422
    assert words in answer.text
    assert Price.objects.get().valid.upper is None


def test_below_cost_is_refused_with_figures_unless_a_reason_is_given(operator, price):
    make_cost(monthly_cost=Decimal("1.10"))

    refused = operator.post(address(price, "set/"), TERMS)
    assert refused.status_code == 422
    assert "Sandbox asks $1.10 a month, and the price is $1.00." in refused.text
    assert Price.objects.count() == 1
    operator.post(address(price, "set/"), TERMS | {"below_cost_because": "A summer of growth"})

    assert newest().below_cost_because == "A summer of growth"
    assert "A summer of growth" in operator.get(address(price)).text


def test_numbers_that_a_new_price_withholds_are_told(operator, price):
    make_number(monthly_cost=Decimal("1.10"))
    counting.recount_stale()

    page = operator.post(address(price, "set/"), TERMS, follow=True).text

    assert newest().monthly_price == 150
    assert "1 number would be kept from sale: Sandbox asks $1.10 a month" in page
    assert "Sandbox, at most" in page


def test_the_form_begins_with_what_holds(operator, price):
    page = operator.get(address(price)).text

    assert 'value="1.20"' in page
    assert 'value="0.0085"' in page


def test_a_yen_list_takes_no_decimals(operator, db):
    yen = make_price(currency="JPY", setup_price=100, monthly_price=150)

    refused = operator.post(address(yen, "set/"), TERMS)
    whole = {"setup": "100", "month": "180", "twelve_months": "", "channel": "90"}
    operator.post(address(yen, "set/"), TERMS | whole)

    assert "no more than 0 decimal places" in refused.text
    assert newest().monthly_price == 180


def test_a_price_to_come_is_withdrawn_and_one_of_now_ended(operator, price):
    day = timezone.now().date() + timedelta(days=9)
    operator.post(address(price, "set/"), TERMS | {"begins_on": day.isoformat()})

    operator.post(f"/prices/versions/{newest().reference}/withdraw/")
    assert Price.objects.get().valid.upper is None
    operator.post(f"/prices/versions/{price.reference}/end/")

    assert Price.objects.get().valid.upper is not None


def test_what_is_too_late_is_told(operator, price):
    withdrawn = operator.post(f"/prices/versions/{price.reference}/withdraw/", follow=True)
    operator.post(f"/prices/versions/{price.reference}/end/")
    ended = operator.post(f"/prices/versions/{price.reference}/end/", follow=True)

    assert "This price has begun by now." in withdrawn.text
    assert "This price is over by now." in ended.text


def test_a_removed_sku_takes_no_price(operator, db):
    sku = make_sku(code="US-AR", region="AR")
    price = make_price(sku)
    sku.removed_at = timezone.now()
    sku.save()

    answer = operator.post(address(price, "set/"), TERMS)

    assert answer.status_code == 422
    assert Price.objects.count() == 1


def test_support_looks_and_sets_nothing(support, price):
    page = support.get(address(price))

    assert (page.status_code, "Set price" in page.text) == (200, False)
    assert support.post(address(price, "set/"), TERMS).status_code == 403
    assert support.post(f"/prices/versions/{price.reference}/end/").status_code == 403
    assert make_list().prices.count() == 1
