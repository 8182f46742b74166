from stock import prices
from stock.models import Price, PriceList, Sku
from tests.conftest import NOON
from tests.stock.factories import make_number


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
