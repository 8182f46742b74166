"""What a tenant pays for a number."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F, Q

from lifecycle.actors import SYSTEM, done_by
from stock import costing
from stock.kinds import name_of
from stock.models import ExchangeRate, NumberType, Price, PriceList, Sku, StockNumber
from stock.opening_prices import ABROAD, CHANNEL, NAMED, PER_DOLLAR
from tenants.models import Tenant

SHORT_NAMES = {
    NumberType.GEOGRAPHIC: "GEO",
    NumberType.NATIONAL: "NAT",
    NumberType.MOBILE: "MOB",
    NumberType.TOLL_FREE: "TF",
}


def for_sale(tenant: Tenant, numbers: Iterable[StockNumber], *, at: datetime) -> dict[int, Price]:
    """Return the tenant's price of each number that can be sold to it, by the number's key.

    What no list prices is not sold, nor what would be sold for less than it costs us.
    """
    wanted = list(numbers)
    prices = of_skus(tenant, {number.sku_id for number in wanted}, at=at)
    return covered(wanted, prices, currency=tenant.currency, at=at)


def covered(
    numbers: Iterable[StockNumber], prices: Mapping[int, Price], *, currency: str, at: datetime
) -> dict[int, Price]:
    """Return the price of each number that has one by its SKU, unless it costs us more."""
    priced = [number for number in numbers if number.sku_id in prices]
    costs = costing.of_numbers(priced, at=at)
    margin = costing.Comparison(currency)
    return {
        number.pk: prices[number.sku_id]
        for number in priced
        if margin.allows(prices[number.sku_id], costs.get(number.pk))
    }


def of_skus(tenant: Tenant, skus: Collection[int], *, at: datetime) -> dict[int, Price]:
    """Return what the tenant pays for each SKU: by its group's list, else by that for all."""
    prices = Price.objects.filter(
        Q(price_list__group=tenant.group_id) | Q(price_list__group=None),
        sku__in=skus,
        price_list__currency=tenant.currency,
        valid__contains=at,
    )
    # The group's own come last, and replace those for all.
    in_order = prices.order_by(F("price_list__group").asc(nulls_first=True))
    return {price.sku_id: price for price in in_order}


@transaction.atomic
def sell(kinds: Iterable[tuple[str, str]], *, at: datetime) -> None:
    """Make sure that each country and type of number is a SKU with a price in every currency.

    Prices that somebody has changed stay as they are.
    """
    Sku.objects.bulk_create([_sku(*kind) for kind in sorted(kinds)], ignore_conflicts=True)
    ExchangeRate.objects.bulk_create(
        [
            ExchangeRate(currency=currency, per_dollar=per_dollar, changed_at=at)
            for currency, per_dollar in PER_DOLLAR.items()
        ],
        ignore_conflicts=True,
    )
    for currency in PER_DOLLAR:
        price_list, _ = PriceList.objects.get_or_create(
            currency=currency, group=None, defaults={"name": f"Standard {currency}"}
        )
        # SKUs of a place begin with the prices that its numbers had before.
        whole = Sku.objects.filter(region="", city="")
        unpriced = whole.exclude(prices__price_list=price_list)
        Price.objects.bulk_create(
            [_price(price_list, sku, at=at) for sku in unpriced], ignore_conflicts=True
        )


def code_of(country: str, number_type: str) -> str:
    """Return what the SKU of a whole country is called when it comes."""
    return f"{country}-{SHORT_NAMES[NumberType(number_type)]}"


def _sku(country: str, number_type: str) -> Sku:
    kind = NumberType(number_type)
    return Sku(
        code=code_of(country, kind),
        name=name_of(country, kind),
        country=country,
        number_type=kind,
    )


def _price(price_list: PriceList, sku: Sku, *, at: datetime) -> Price:
    kind = NumberType(sku.number_type)
    setup, monthly, minute = NAMED.get((sku.country, kind), ABROAD[kind])
    rate = PER_DOLLAR[price_list.currency]
    return Price(
        price_list=price_list,
        sku=sku,
        valid=DateTimeTZRange(at, None),
        set_at=at,
        **done_by(SYSTEM),
        setup_price=_in_minor_units(setup * rate),
        monthly_price=_in_minor_units(monthly * rate),
        channel_price=_in_minor_units(CHANNEL * rate),
        inbound_minute_rate=(minute * rate).quantize(Decimal("0.00001"), ROUND_HALF_UP),
    )


def _in_minor_units(amount: Decimal) -> int:
    """Round to five cents, as price lists are."""
    return 5 * int((amount * 20).quantize(Decimal(1), ROUND_HALF_UP))
