"""Blocks: so many neighbouring numbers that can be bought together.

Neighbours lie in one exchange, so that all of a block are in one place. Exchange after exchange is
read until the page is full; one that has too few numbers is not read at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection

from stock.asking import TABLE, Condition, conditions_of
from stock.criteria import OfferCriteria, SortOrder
from stock.masks import shared_prefix
from stock.planning import Plan, Way
from stock.searching import TIMEOUT_MILLISECONDS, hurrying

SMALLEST, LARGEST = 2, 100
PAGE_SIZE = 20
# Nested as they are, blocks come in the order of exchange, length and digits, and LIMIT ends the
# reading early. Numbers are neighbours if they are equally far from their ranks among numbers that
# are as long, in the same place, and sold as the same.
FIND = """
select exchange.prefix, block.first
from (
    select prefix from public.stock_exchangecount where {of_exchange}
    group by prefix having sum(available) >= {size} order by prefix {direction}
) exchange
cross join lateral (
    select min(digits) as first, count(*) / {size} as blocks
    from (
        select digits, {alike},
            digits::bigint - row_number() over (partition by {alike} order by digits) as distance
        from {table}
        where digits >= exchange.prefix collate "C"
            and digits < (exchange.prefix || ':') collate "C"
            and public.stock_prefix(digits, nxx) = exchange.prefix and {of_number}
    ) ranked
    group by distance, {alike} having count(*) >= {size}
    order by length(min(digits)) {direction}, min(digits) {direction}
) row
cross join lateral (
    select (row.first::bigint + place * {size})::text collate "C" as first
    from generate_series({places}) place
) block
where {beyond} limit %s
"""
ALIKE = "length(digits), sku_id, region, city, rate_center"
BEYOND = """
(exchange.prefix collate "C", length(block.first), block.first) {sign} (%s, length(%s), %s)
"""


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbours, by the digits of the first."""

    first: str
    size: int
    # Where it was found; blocks follow each other by exchange and first number.
    exchange: str = field(default="", compare=False)

    @property
    def last(self) -> str:
        return self.digits[-1]

    @property
    def digits(self) -> list[str]:
        return [str(int(self.first) + place) for place in range(self.size)]


def find_blocks(
    criteria: OfferCriteria,
    *,
    size: int,
    edge: Block | None = None,
    is_backwards: bool = False,
    limit: int = PAGE_SIZE,
    milliseconds: int = TIMEOUT_MILLISECONDS,
) -> list[Block]:
    """Return blocks of which every number fits, those next to the edge first.

    No two of them overlap. Raises TooBroad.
    """
    # What the exchange does not say is compared, and not looked up by another index.
    of_number = [*conditions_of(criteria, Plan(Way.LOOK_UP, 0), SortOrder.NUMBER)]
    of_exchange = [*_of_exchange(criteria, edge, is_backwards=is_backwards)]
    beyond = BEYOND.format(sign="<" if is_backwards else ">") if edge else "true"
    sql = FIND.format(
        table=TABLE,
        size=size,
        alike=ALIKE,
        of_exchange=" and ".join(sql for sql, _ in of_exchange),
        of_number=" and ".join(sql for sql, _ in of_number),
        direction="desc" if is_backwards else "asc",
        places="row.blocks - 1, 0, -1" if is_backwards else "0, row.blocks - 1",
        beyond=beyond,
    )
    values = [value for _, values in [*of_exchange, *of_number] for value in values]
    values += [edge.exchange, edge.first, edge.first] if edge else []
    with hurrying(milliseconds), connection.cursor() as cursor:
        cursor.execute(sql, [*values, limit])
        return [Block(first, size, exchange) for exchange, first in cursor.fetchall()]


def _of_exchange(
    criteria: OfferCriteria, edge: Block | None, *, is_backwards: bool
) -> Iterator[Condition]:
    """Yield what the counts of an exchange tell of the numbers in it."""
    wanted = {
        "country": criteria.country,
        "number_type": criteria.number_type,
        "region": criteria.region,
        "npa": criteria.npa,
        "rate_center": criteria.rate_center,
        "city": criteria.city,
    }
    for column, value in wanted.items():
        if value:
            yield f"{column} = %s", [value]
    for group in criteria.masks:
        begin = shared_prefix(group)
        yield "(starts_with(prefix, %s) or starts_with(%s, prefix))", [begin, begin]
    if edge:
        # Of its own exchange there may be more.
        yield f"prefix {'<=' if is_backwards else '>='} %s", [edge.exchange]
