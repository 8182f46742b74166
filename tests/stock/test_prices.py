from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from stock import prices
from stock.models import Price, PriceList, Sku
from tenants.models import TenantGroup
from tests.conftest import NOON
from tests.stock.factories import make_number, make_price, make_sku
from tests.stock.pricing import make_list

SECOND = timedelta(seconds=1)


def test_every_kind_has_a_price_in_every_currency(tenant):
    prices.sell([("US", "geographic"), ("US", "toll_free"), ("JP", "mobile")], at=NOON)

    amounts = Price.objects.filter(price_list__currency="USD").order_by("sku__code")
    assert [(one.sku.code, one.setup_price, one.monthly_price) for one in amounts] == [
        ("JP-MOB", 300, 600),
        ("US-GEO", 100, 120),
        ("US-TF", 100, 250),
    ]
    assert Price.objects.count() == 9
    assert set(PriceList.objects.values_list("currency", "group")) == {
        ("EUR", None),
        ("GBP", None),
        ("USD", None),
    }


def test_selling_again_changes_no_price(tenant):
    prices.sell([("US", "geographic")], at=NOON)
    Price.objects.update(monthly_price=999)

    prices.sell([("US", "geographic")], at=NOON)

    assert set(Price.objects.values_list("monthly_price", flat=True)) == {999}


def test_a_tenant_pays_in_its_own_currency(tenant):
    prices.sell([("US", "geographic")], at=NOON)
    number = make_number(sku=Sku.objects.get())
    tenant.currency = "GBP"

    [price] = prices.for_sale(tenant, [number], at=NOON).values()

    assert (price.monthly_price, str(price.inbound_minute_rate)) == (95, "0.00663")


def test_what_has_no_price_is_not_sold(tenant):
    number = make_number()

    assert prices.for_sale(tenant, [number], at=NOON) == {}


@pytest.fixture
def partners(tenant):
    """Acme is a partner."""
    tenant.group = TenantGroup.objects.create(name="Partners")
    return tenant.group


def month(tenant, sku=None, *, at=NOON):
    sku = sku or make_sku()
    price = prices.of_skus(tenant, [sku.pk], at=at).get(sku.pk)
    return price and price.monthly_price


def price_in(price_list, monthly_price, **changes):
    price = make_price(monthly_price=monthly_price, **changes)
    Price.objects.filter(pk=price.pk).update(price_list=price_list)
    return price


def test_the_groups_price_wins_over_that_for_all(tenant, partners):
    price_in(make_list(group=partners), 90)
    make_price(monthly_price=120)

    assert month(tenant) == 90


def test_what_the_groups_list_leaves_out_has_the_price_for_all(tenant, partners):
    make_list(group=partners)
    make_price(monthly_price=120)

    assert month(tenant) == 120


def test_another_groups_prices_are_not_ours(tenant, partners):
    price_in(make_list(group=TenantGroup.objects.create(name="Others")), 10)
    make_price(monthly_price=120)

    assert month(tenant) == 120


def test_a_tenant_without_a_group_has_the_prices_for_all(tenant):
    price_in(make_list(group=TenantGroup.objects.create(name="Partners")), 10)
    make_price(monthly_price=120)

    assert month(tenant) == 120


def test_the_groups_price_in_another_currency_is_not_ours(tenant, partners):
    price_in(make_list("EUR", group=partners), 90)

    assert month(tenant) is None


@pytest.mark.parametrize(
    ("at", "expected"),
    [(NOON - SECOND, 120), (NOON, 150), (NOON + SECOND - SECOND / 2, 150), (NOON + SECOND, None)],
)
def test_a_price_holds_from_its_first_moment_until_before_its_last(tenant, at, expected):
    first = make_price(monthly_price=120)
    Price.objects.filter(pk=first.pk).update(valid=DateTimeTZRange(first.valid.lower, NOON))
    Price.objects.create(
        **{
            field.attname: getattr(first, field.attname)
            for field in Price._meta.concrete_fields
            if field.name not in ("id", "reference", "valid", "monthly_price")
        },
        valid=DateTimeTZRange(NOON, NOON + SECOND),
        monthly_price=150,
    )

    assert month(tenant, at=at) == expected


def test_a_new_kind_prices_no_sku_of_a_place(tenant):
    place = make_sku(code="US-NYC", region="NY", city="New York City")

    prices.sell([("US", "geographic")], at=NOON)

    assert not Price.objects.filter(sku=place).exists()
