"""Prices beside those of a new platform: a city that is dearer, and a group that pays less."""

from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic, sleep

from django.db import transaction

from demo.holdings import DELIVERY_TIMEOUT_SECONDS, MAGIC
from lifecycle.actors import Actor, ActorKind
from lifecycle.clock import database_time
from stock import fitting, price_lists, repricing, restocking, skus, stocking
from stock.models import NumberType, Price, PriceList, Sku, StockNumber, StockPurchase
from tenants import grouping
from tenants.models import Staff, Tenant, TenantGroup

PARTNERS = "Partners"
NEW_YORK = {"country": "US", "region": "NY", "city": "New York"}
# Against the price of the country, in hundredths.
IN_NEW_YORK = 200
FOR_PARTNERS = 90
DEARER_LATER = 105
LATER = timedelta(days=30)
BOUGHT = 6


def price_the_demo(partner: Tenant, *, at: datetime) -> None:
    """Add the city's SKU and the group with its list, once; `partner` joins it."""
    if TenantGroup.objects.filter(name=PARTNERS).exists():
        return
    actor = operator()
    with transaction.atomic():
        make_new_york_dearer(actor=actor, at=at)
        sell_cheaper_to_partners(partner, actor=actor, at=at)
    fitting.fit_numbers(at=at)


def buy_into_our_stock(*, at: datetime) -> None:
    """Buy some ordinary numbers as the operator does, and wait until they are ours."""
    if StockPurchase.objects.exists():
        return
    offered = StockNumber.objects.available().filter(country="US", region="TX", ours_since=None)
    digits = offered.order_by("digits").values_list("digits", flat=True)[: BOUGHT + len(MAGIC)]
    ordinary = [one for one in digits if one[-4:] not in MAGIC][:BOUGHT]
    quote = restocking.quote_numbers(ordinary, at=at)
    purchase = restocking.buy_for_stock(quote, actor=operator(), at=at)
    deadline = monotonic() + DELIVERY_TIMEOUT_SECONDS
    while purchase.lines.exclude(state="delivered").exists() and monotonic() < deadline:
        stocking.settle_stock_lines(at=database_time())
        sleep(0.5)


def operator() -> Actor:
    person = Staff.objects.select_related("user").order_by("id")[0]
    return Actor(ActorKind.STAFF, person.reference, person.user.get_full_name())


def make_new_york_dearer(*, actor: Actor, at: datetime) -> None:
    sku = skus.add_sku(
        code="US-GEO-NYC",
        name="New York, geographic",
        number_type=NumberType.GEOGRAPHIC,
        **NEW_YORK,
        actor=actor,
        at=at,
    )
    for price in list(Price.objects.filter(sku=sku).select_related("price_list")):
        reprice(price, price.price_list, IN_NEW_YORK, actor=actor, at=at)


def sell_cheaper_to_partners(partner: Tenant, *, actor: Actor, at: datetime) -> None:
    """Give the group a list of its own, which rises a little next month."""
    group = grouping.add_group(PARTNERS, actor=actor, at=at)
    grouping.change_group(partner, group, actor=actor, at=at)
    listed = price_lists.add_list("Partners USD", currency="USD", group=group, actor=actor, at=at)
    standard = Price.objects.filter(
        price_list__currency="USD",
        price_list__group=None,
        sku__in=Sku.objects.filter(country="US"),
        valid__contains=at,
    )
    later = (at + LATER).replace(hour=0, minute=0, second=0, microsecond=0)
    for price in standard.select_related("sku"):
        reprice(price, listed, FOR_PARTNERS, actor=actor, at=at)
        reprice(price, listed, DEARER_LATER, begins_at=later, actor=actor, at=at)


def reprice(
    price: Price,
    listed: PriceList,
    hundredths: int,
    *,
    begins_at: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """Set a price of the list that is so many hundredths of another."""
    terms = repricing.terms_of(price)
    monthly = price.monthly_price * hundredths // 100
    repricing.set_price(
        listed,
        price.sku,
        replace(terms, monthly_price=monthly),
        begins_at=begins_at,
        actor=actor,
        at=at,
    )
