"""Blocks: so many neighbouring numbers that can be bought together.

Neighbours lie in one exchange, so that all of a block are in one place. Exchange after exchange is
read until the page is full; one that has too few numbers is not read at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from stock.asking import TABLE, Condition, conditions_of
from stock.criteria import OfferCriteria, Order
from stock.masks import shared_prefix
from stock.planning import Plan, Way
from stock.searching import TIMEOUT_MILLISECONDS, hurrying

SMALLEST, LARGEST = 2, 100
PAGE_SIZE = 20
# Nested as they are, blocks come in the order of their numbers, and LIMIT ends the reading early.
# Numbers are neighbours if they are equally far from their ranks.
FIND = """
select (row.first::bigint + place * {size})::text
from (
    select prefix from public.stock_exchangecount where {of_exchange}
    group by prefix having sum(available) >= {size} order by prefix {direction}
) exchange
cross join lateral (
    select min(digits) as first, count(*) / {size} as blocks
    from (
        select digits, digits::bigint - row_number() over (order by digits) as distance
        from {table}
        where digits >= exchange.prefix collate "C"
            and digits < (exchange.prefix || ':') collate "C"
            and public.stock_prefix(digits, nxx) = exchange.prefix and {of_number}
    ) ranked
    group by distance having count(*) >= {size} order by min(digits) {direction}
) row
cross join lateral generate_series({places}) place
where {beyond} limit %s
"""


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbours, by the digits of the first."""

    first: str
    size: int

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
    edge: str | None = None,
    is_backwards: bool = False,
    limit: int = PAGE_SIZE,
    milliseconds: int = TIMEOUT_MILLISECONDS,
) -> list[Block]:
    """Return blocks of which every number fits, those next to the block that begins at the edge.

    No two of them overlap. Raises TooBroad.
    """
    # What the exchange does not say is compared, and not looked up by another index.
    of_number = [*conditions_of(criteria, Plan(Way.LOOK_UP, 0), Order.NUMBER)]
    of_exchange = [*_of_exchange(criteria, edge, is_backwards=is_backwards)]
    sign = "<" if is_backwards else ">"
    beyond = f"(row.first::bigint + place * {size}) {sign} %s"
    sql = FIND.format(
        table=TABLE,
        size=size,
        of_exchange=" and ".join(sql for sql, _ in of_exchange),
        of_number=" and ".join(sql for sql, _ in of_number),
        direction="desc" if is_backwards else "asc",
        places="row.blocks - 1, 0, -1" if is_backwards else "0, row.blocks - 1",
        beyond=beyond if edge else "true",
    )
    values = [value for _, values in [*of_exchange, *of_number] for value in values]
    with hurrying(milliseconds), connection.cursor() as cursor:
        cursor.execute(sql, [*values, *([int(edge)] if edge else []), limit])
        return [Block(first, size) for (first,) in cursor.fetchall()]


def _of_exchange(
    criteria: OfferCriteria, edge: str | None, *, is_backwards: bool
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
    if edge and is_backwards:
        yield "prefix < %s", [edge]
    elif edge:
        # Of the exchange itself there may be more.
        yield "prefix || ':' > %s", [edge]
