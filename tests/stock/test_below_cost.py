"""No price below a cost that is known, unless somebody says why; and what is withheld by it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from stock import counting, margins, prices, rates, repricing
from stock.models import Price
from stock.repricing import BelowCost
from tenants.models import StaffAct
from tests.conftest import NOON
from tests.stock.factories import make_number, make_price, make_sku
from tests.stock.pricing import OLGA, make_cost, make_list, make_rate, make_terms

DAY = timedelta(days=1)
UNNAMED = {"setup_cost": None, "monthly_cost": None, "cost_currency": ""}


@pytest.fixture
def listed(tenant):
    return make_list()


def set_price(listed, **terms):
    begins_at = terms.pop("begins_at", None)
    return repricing.set_price(
        listed, make_sku(), make_terms(**terms), begins_at=begins_at, actor=OLGA, at=NOON
    )


def refusal(listed, **terms):
    with pytest.raises(BelowCost) as refused:
        set_price(listed, **terms)
    assert not Price.objects.exists()
    assert not StaffAct.objects.exists()
    return str(refused.value)


def test_a_month_below_the_skus_cost_is_refused_with_the_figures(listed):
    make_cost(monthly_cost=Decimal("0.55"))

    assert refusal(listed, monthly_price=50) == (
        "Below cost: Sandbox asks $0.55 a month, and the price is $0.50."
        " Raise the price, or say why it may be sold for less."
    )


def test_a_setup_below_cost_is_refused(listed):
    make_cost(setup_cost=Decimal(3))

    assert "asks $3.00 for the setup, and the price is $1.00" in refusal(listed)


def test_a_cheap_year_counts_by_the_month(listed):
    make_cost(monthly_cost=Decimal("0.55"))

    assert "the price is $0.50" in refusal(listed, monthly_price=120, year_price=600)


def test_a_period_nobody_can_buy_does_not_count(listed):
    make_cost(monthly_cost=Decimal("0.55"))

    set_price(listed, monthly_price=50, year_price=1200, minimum_months=12)

    assert Price.objects.get().year_price == 1200


def test_a_dear_number_refuses_no_price_and_is_withheld_itself(listed, tenant):
    cheap = make_number(monthly_cost=Decimal("0.40"))
    dear = make_number(digits="15015550101", monthly_cost=Decimal("0.90"))
    make_number(digits="15015550102", monthly_cost=Decimal(9), state="locked")
    counting.recount_stale()

    set_price(listed, monthly_price=80)

    assert set(prices.for_sale(tenant, [cheap, dear], at=NOON)) == {cheap.pk}
    assert repricing.withheld_by(listed, cheap.sku, make_terms(monthly_price=80)) == (
        "1 number would be kept from sale: Sandbox asks $0.90 a month, and the price is $0.80."
    )
    assert repricing.withheld_by(listed, cheap.sku, make_terms(monthly_price=90)) == ""


@pytest.mark.parametrize(
    ("currency", "enough", "figures"),
    [
        ("EUR", 45, "asks $0.50 a month, that is €0.45, and the price is €0.44"),
        ("GBP", 39, "asks $0.50 a month, that is £0.39, and the price is £0.38"),
        ("JPY", 75, "asks $0.50 a month, that is ¥75, and the price is ¥74"),
    ],
)
def test_costs_are_compared_in_the_lists_currency(listed, currency, enough, figures):
    make_rate("EUR", "0.90")
    make_rate("GBP", "0.78")
    make_rate("JPY", "150")
    make_cost(monthly_cost=Decimal("0.50"), setup_cost=Decimal("0.10"))
    foreign = make_list(currency, name=currency)

    assert figures in refusal(foreign, monthly_price=enough - 1)
    set_price(foreign, monthly_price=enough)


def test_a_cost_in_the_lists_own_currency_needs_no_rate(tenant):
    make_cost(monthly_cost=Decimal("0.50"), currency="CHF")

    assert "CHF" in refusal(make_list("CHF", name="CHF"), monthly_price=49)


def test_a_cost_that_no_rate_compares_refuses_nothing_and_is_listed(listed):
    make_cost(monthly_cost=Decimal(99), currency="CHF")

    set_price(listed)

    assert rates.unrated() == ["CHF"]


def test_a_cost_to_come_counts_for_a_price_that_lasts_until_then(listed):
    make_cost(monthly_cost=Decimal("0.40"), ends_at=NOON + DAY)
    make_cost(monthly_cost=Decimal(2), begins_at=NOON + DAY)

    assert "$2.00 a month" in refusal(listed)


def test_a_cost_that_is_over_counts_no_more(listed):
    make_cost(monthly_cost=Decimal(2), ends_at=NOON)

    set_price(listed)

    assert Price.objects.exists()


def test_below_cost_with_a_reason_is_set_and_says_who_and_why(listed):
    make_cost(monthly_cost=Decimal("0.55"))

    set_price(listed, monthly_price=50, below_cost_because="A summer of growth")

    assert Price.objects.get().below_cost_because == "A summer of growth"
    act = StaffAct.objects.get()
    assert act.actor_name == "Olga"
    assert act.reason.endswith("may be below cost: A summer of growth")


def test_a_price_with_a_reason_sells_what_another_withholds(listed, tenant):
    number = make_number(monthly_cost=Decimal(9))
    make_price(monthly_price=120)
    assert prices.for_sale(tenant, [number], at=NOON) == {}

    set_price(listed, below_cost_because="A loss leader")

    assert prices.for_sale(tenant, [number], at=NOON)


def test_what_keeps_numbers_from_sale_is_listed_with_how_many(listed, tenant):
    price = make_price(monthly_price=50)
    make_price(make_sku(code="US-TF", number_type="toll_free"))
    make_cost(monthly_cost=Decimal("0.60"))
    dear = [
        make_number(monthly_cost=Decimal("0.90")),
        make_number(digits="15015550101", **UNNAMED),
    ]
    cheap = make_number(digits="15015550102", monthly_cost=Decimal("0.40"))
    counting.recount_stale()

    [found] = margins.withheld(at=NOON)

    assert (found.price.pk, found.numbers) == (price.pk, 2)
    assert found.loss == "Sandbox asks $0.90 a month, and the price is $0.50."
    sold = prices.for_sale(tenant, [*dear, cheap], at=NOON)
    assert set(sold) == {cheap.pk}


def test_what_has_a_reason_withholds_nothing(listed):
    make_price(monthly_price=10, below_cost_because="A loss leader")
    make_number()
    counting.recount_stale()

    assert margins.withheld(at=NOON) == []
