"""What a tenant pays for a number."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from babel import Locale
from django.db import transaction

from stock.models import NumberType, Price, PriceList, Sku, StockNumber
from stock.price_list import ABROAD, CURRENCIES, NAMED
from tenants.models import Tenant

SHORT_NAMES = {
    NumberType.GEOGRAPHIC: "GEO",
    NumberType.NATIONAL: "NAT",
    NumberType.MOBILE: "MOB",
    NumberType.TOLL_FREE: "TF",
}


def price_terms(tenant: Tenant, numbers: Iterable[StockNumber]) -> dict[int, Price]:
    """Return the tenant's prices of the numbers' SKUs; what has none is not sold to it."""
    skus = {number.sku_id for number in numbers}
    prices = Price.objects.filter(
        sku__in=skus, price_list__currency=tenant.currency, price_list__is_default=True
    )
    return {price.sku_id: price for price in prices}


@transaction.atomic
def sell(kinds: Iterable[tuple[str, str]]) -> None:
    """Make sure that each country and type of number is a SKU with a price in every currency.

    Prices that somebody has changed stay as they are.
    """
    Sku.objects.bulk_create([_sku(*kind) for kind in sorted(kinds)], ignore_conflicts=True)
    for currency in CURRENCIES:
        price_list, _ = PriceList.objects.get_or_create(
            currency=currency, is_default=True, defaults={"name": f"Standard {currency}"}
        )
        unpriced = Sku.objects.exclude(prices__price_list=price_list)
        Price.objects.bulk_create(
            [_price(price_list, sku) for sku in unpriced], ignore_conflicts=True
        )


def _sku(country: str, number_type: str) -> Sku:
    kind = NumberType(number_type)
    name = Locale("en").territories.get(country, country)
    return Sku(
        code=f"{country}-{SHORT_NAMES[kind]}",
        name=f"{name}, {kind.label.lower()}",
        country=country,
        number_type=kind,
    )


def _price(price_list: PriceList, sku: Sku) -> Price:
    kind = NumberType(sku.number_type)
    setup, monthly, minute = NAMED.get((sku.country, kind), ABROAD[kind])
    rate = CURRENCIES[price_list.currency]
    return Price(
        price_list=price_list,
        sku=sku,
        setup_price=_in_minor_units(setup * rate),
        monthly_price=_in_minor_units(monthly * rate),
        inbound_minute_rate=(minute * rate).quantize(Decimal("0.00001"), ROUND_HALF_UP),
    )


def _in_minor_units(amount: Decimal) -> int:
    """Round to five cents, as price lists are."""
    return 5 * int((amount * 20).quantize(Decimal(1), ROUND_HALF_UP))
