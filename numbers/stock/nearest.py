"""Numbers that can be bought and are nearest to others: of one exchange, one place, one country."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import connection

from stock import prices, selling
from stock.asking import BOUGHT
from stock.digits import AFTER_DIGITS, calling_code
from stock.models import Price, StockNumber
from tenants.models import Tenant

# Looked at beyond those that are wanted: some will have no price.
SPARE = 5


class Nearness(StrEnum):
    """What two numbers of one country and type have in common; the first is the nearest."""

    EXCHANGE = "of the same exchange"
    RATE_CENTER = "of the same rate center"
    CITY = "of the same city"
    AREA_CODE = "of the same area code"
    REGION = "of the same region"
    COUNTRY = "of the same country and type"


@dataclass(frozen=True, slots=True)
class Near:
    """A number for sale to the tenant, its price, and how near it is."""

    number: StockNumber
    price: Price
    nearness: Nearness


# Of each group of wanted numbers, the ones that follow its first and those that precede it.
FIND = """
with wanted as (
    select place, most, digits collate "C" digits, number_type collate "C" number_type,
        country collate "C" country, region collate "C" region,
        rate_center collate "C" rate_center, city collate "C" city,
        low collate "C" low, high collate "C" high
    from unnest(
        %(place)s::int[], %(most)s::int[], %(digits)s::text[], %(number_type)s::text[],
        %(country)s::text[], %(region)s::text[], %(rate_center)s::text[], %(city)s::text[],
        %(low)s::text[], %(high)s::text[]
    ) u (place, most, digits, number_type, country, region, rate_center, city, low, high)
)
select w.place, found.id from wanted w cross join lateral (
    ({side} and n.digits > w.digits order by n.digits limit w.most)
    union all
    ({side} and n.digits < w.digits order by n.digits desc limit w.most)
) found
"""
SIDE = """
    select n.id from public.stock_stocknumber n
    where n.state = 'available' and n.country = w.country and n.number_type = w.number_type
        and {alike} and {bought}
"""
ALIKE = {
    Nearness.EXCHANGE: "n.digits >= w.low and n.digits < w.high",
    Nearness.RATE_CENTER: "n.region = w.region and n.rate_center = w.rate_center",
    Nearness.CITY: "n.region = w.region and n.city = w.city",
    Nearness.AREA_CODE: "n.digits >= w.low and n.digits < w.high",
    Nearness.REGION: "n.region = w.region",
    Nearness.COUNTRY: "true",
}
# What the numbers of one group share; an empty last word means that there is nothing to share.
KEYS: dict[Nearness, Callable[[StockNumber], tuple[str, ...]]] = {
    Nearness.EXCHANGE: lambda one: (one.digits[:-4],),
    Nearness.RATE_CENTER: lambda one: (one.country, one.region, one.rate_center),
    Nearness.CITY: lambda one: (one.country, one.region, one.city),
    Nearness.AREA_CODE: lambda one: (one.country, one.npa),
    Nearness.REGION: lambda one: (one.country, one.region),
    Nearness.COUNTRY: lambda one: (one.country,),
}


def nearest(
    wanted: Sequence[StockNumber],
    *,
    tenant: Tenant,
    at: datetime,
    levels: Sequence[Nearness] = tuple(Nearness),
    beside: Collection[str] = (),
) -> dict[str, Near]:
    """Return, by the digits of each wanted number, another one that the tenant can buy instead.

    No number is given twice, nor any of `beside`; what is not like anything is left out. Takes a
    handful of queries for each level, however many are wanted.
    """
    found: dict[str, Near] = {}
    if not wanted:
        return found
    used = {*beside, *(number.digits for number in wanted)}
    buying = selling.buying()
    for nearness in levels:
        missing = [number for number in wanted if number.digits not in found]
        groups = _groups(missing, nearness)
        offers = _offers(groups, nearness, buying=buying, tenant=tenant, at=at)
        for group, offered in zip(groups, offers, strict=True):
            for number in group:
                if near := _closest(number, offered, used, nearness):
                    found[number.digits] = near
                    used.add(near.number.digits)
    return found


def _groups(missing: Sequence[StockNumber], nearness: Nearness) -> list[list[StockNumber]]:
    groups: dict[tuple[str, ...], list[StockNumber]] = {}
    for number in missing:
        key = (number.number_type, *KEYS[nearness](number))
        if key[-1]:
            groups.setdefault(key, []).append(number)
    return list(groups.values())


def _offers(
    groups: list[list[StockNumber]],
    nearness: Nearness,
    *,
    buying: tuple[int, ...] | None,
    tenant: Tenant,
    at: datetime,
) -> list[list[tuple[StockNumber, Price]]]:
    """Return what the tenant can buy that is like each group."""
    offers: list[list[tuple[StockNumber, Price]]] = [[] for _ in groups]
    if not groups:
        return offers
    with connection.cursor() as cursor:
        bought = "true" if buying is None else BOUGHT.format(buying="%(buying)s")
        query = FIND.format(side=SIDE.format(alike=ALIKE[nearness], bought=bought))
        cursor.execute(query, _parameters(groups, nearness) | {"buying": list(buying or ())})
        rows = cursor.fetchall()
    numbers = StockNumber.objects.in_bulk([pk for _, pk in rows])
    sold = prices.for_sale(tenant, numbers.values(), at=at)
    for place, pk in rows:
        if pk in sold:
            offers[place].append((numbers[pk], sold[pk]))
    return offers


def _parameters(
    groups: list[list[StockNumber]], nearness: Nearness
) -> dict[str, list[int] | list[str]]:
    firsts = [group[0] for group in groups]
    columns = ("digits", "number_type", "country", "region", "rate_center", "city")
    prefixes = [_prefix(first, nearness) for first in firsts]
    return {
        "place": list(range(len(groups))),
        "most": [len(group) + SPARE for group in groups],
        "low": prefixes,
        "high": [prefix + AFTER_DIGITS for prefix in prefixes],
        **{column: [getattr(first, column) for first in firsts] for column in columns},
    }


def _prefix(number: StockNumber, nearness: Nearness) -> str:
    if nearness == Nearness.AREA_CODE:
        return f"{calling_code(number.country)}{number.npa}"
    return number.digits[:-4]


def _closest(
    number: StockNumber,
    offered: Sequence[tuple[StockNumber, Price]],
    used: Collection[str],
    nearness: Nearness,
) -> Near | None:
    free = [(other, price) for other, price in offered if other.digits not in used]
    if not free:
        return None
    other, price = min(free, key=lambda one: abs(int(one[0].digits) - int(number.digits)))
    return Near(other, price, nearness)
