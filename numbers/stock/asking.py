"""The SQL of a search: each way to the answer as one query that leaves PostgreSQL no other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from stock.criteria import Edge, OfferCriteria, Sold, SortOrder
from stock.digits import AFTER_DIGITS
from stock.masks import as_like, shared_prefix
from stock.models import Tier
from stock.planning import Plan, Tokens, Way

TABLE = "public.stock_stocknumber"
# What an offer tells: half of what reading a row takes is making Python values of its columns.
OFFERED = (
    *("id", "digits", "state", "country", "region", "npa", "nxx", "city", "rate_center"),
    *("number_type", "has_voice", "has_sms", "has_fax", "has_emergency", "has_a2p", "has_cnam"),
    *("sku_id", "connection_id", "setup_cost", "monthly_cost", "cost_currency", "memorability"),
)

# What is ours is sold whether or not we still buy from where it came.
BOUGHT = "(ours_since is not null or connection_id = any({buying}))"
COVERED = """
(sku_id, connection_id, coalesce(setup_cost, -1), coalesce(monthly_cost, -1), cost_currency)
not in (
    select * from unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[], %s::text[])
)
"""

Condition = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    values: list[Any]


def statement(
    criteria: OfferCriteria,
    plan: Plan,
    *,
    order: SortOrder,
    edge: Edge | None = None,
    is_backwards: bool = False,
    limit: int,
    columns: Sequence[str] = OFFERED,
) -> Statement:
    """Return the query for the numbers next to the edge, the nearest first.

    `columns` are those of an offer, or the digits alone.
    """
    keys = sort_keys(order, plan.way)
    is_descending = is_backwards != (order is SortOrder.MEMORABLE)
    conditions = [*conditions_of(criteria, plan, order)]
    if edge:
        conditions.append(_beyond(keys, edge, order, is_descending=is_descending))
    where = " and ".join(sql for sql, _ in conditions)
    values = [value for _, wanted in conditions for value in wanted]
    direction = "desc" if is_descending else "asc"
    in_order = ", ".join(f"{key} {direction}" for key in keys)
    read = keys if plan.way is Way.SKIM else columns
    sql = f"select {', '.join(read)} from {TABLE} where {where} order by {in_order} limit %s"
    if plan.way is Way.SKIM and columns is OFFERED:
        of_page = ", ".join(f"number.{column}" for column in columns)
        in_order = ", ".join(f"fitting.{key} {direction}" for key in keys)
        sql = f"select {of_page} from ({sql}) fitting join {TABLE} number using (digits)"
        sql += f" order by {in_order}"
    return Statement(sql, [*values, limit])


def is_in_index(criteria: OfferCriteria) -> bool:
    """Tell whether nothing is asked but what the index of country and type knows."""
    asks_more = criteria.place or criteria.capabilities or not criteria.sold.is_all
    return bool(criteria.number_type) and not asks_more


def sort_keys(order: SortOrder, way: Way) -> list[str]:
    """Return what to sort by: as expressions, where no index shall tempt by its order."""
    is_sorted = way in {Way.WALK, Way.SKIM}
    if order is SortOrder.NUMBER:
        return ["digits"] if is_sorted else ["(digits || '')"]
    return ["memorability", "digits"] if is_sorted else ["(memorability + 0)", "(digits || '')"]


def _beyond(keys: list[str], edge: Edge, order: SortOrder, *, is_descending: bool) -> Condition:
    sign = "<" if is_descending else ">"
    if order is SortOrder.NUMBER:
        return f"{keys[0]} {sign} %s", [edge.digits]
    return f"({', '.join(keys)}) {sign} (%s, %s)", [edge.memorability, edge.digits]


def conditions_of(criteria: OfferCriteria, plan: Plan, order: SortOrder) -> Iterator[Condition]:
    """Yield what has to hold; what another index is looked up for stays hidden."""
    by_kind = plan.way is not Way.LOOK_UP
    by_place = by_kind and (plan.way is Way.GATHER or order is SortOrder.NUMBER)
    yield "state = 'available'", []
    if plan.tokens:
        yield _named_by(plan.tokens)
    yield _is("country", criteria.country, indexed=by_kind)
    if criteria.number_type:
        yield _is("number_type", criteria.number_type, indexed=by_kind)
    for column, value in criteria.place.items():
        yield _is(column, value, indexed=by_place)
    if criteria.exact and by_place:
        yield "digits = any(%s)", [criteria.exact]
    yield from _beginning(criteria, indexed=by_place)
    for group in criteria.masks:
        yield _fits(group)
    for capability in criteria.capabilities:
        yield capability, []
    yield from _sold(criteria.sold)


def _sold(sold: Sold) -> Iterator[Condition]:
    if sold.skus is not None:
        yield "sku_id = any(%s)", [list(sold.skus)]
    if sold.buying is not None:
        yield _hidden(BOUGHT.format(buying="%s")), [list(sold.buying)]
    if sold.withheld:
        columns = zip(*(_cost_of(tier) for tier in sold.withheld), strict=True)
        yield COVERED, [list(column) for column in columns]


def _cost_of(tier: Tier) -> tuple[object, ...]:
    unknown = -1
    setup = unknown if tier.setup_cost is None else tier.setup_cost
    monthly = unknown if tier.monthly_cost is None else tier.monthly_cost
    return tier.sku_id, tier.connection_id, setup, monthly, tier.cost_currency


def _is(column: str, value: str, *, indexed: bool) -> Condition:
    return f"{column} = %s" if indexed else _hidden(f"{column} = %s"), [value]


def _hidden(condition: str) -> str:
    """Keep PostgreSQL from looking up the condition, and from expecting that few rows fulfil it.

    It takes every other row for one, and so does not fear a walk that ends early.
    """
    return f"coalesce({condition}, false)"


def _beginning(criteria: OfferCriteria, *, indexed: bool) -> Iterator[Condition]:
    prefixes = {criteria.prefix, *(shared_prefix(group) for group in criteria.masks)} - {""}
    for prefix in sorted(prefixes):
        if indexed:
            yield "digits >= %s and digits < %s", [prefix, prefix + AFTER_DIGITS]
        elif prefix == criteria.prefix:
            yield _fits((f"{prefix}*",))


def _fits(group: tuple[str, ...]) -> Condition:
    if len(group) == 1:
        return _hidden("digits like %s"), [as_like(group[0])]
    return _hidden("digits like any(%s)"), [[as_like(mask) for mask in group]]


def _named_by(tokens: tuple[Tokens, ...]) -> Condition:
    alternatives: list[str] = []
    values: list[Any] = []
    for one in tokens:
        parts = ["public.stock_tokens(digits) @> %s::int[]"] if one.all_of else []
        parts += ["public.stock_tokens(digits) && %s::int[]"] * len(one.any_of)
        values += [list(one.all_of)] if one.all_of else []
        values += [list(some) for some in one.any_of]
        alternatives.append(f"({' and '.join(parts)})")
    return f"({' or '.join(alternatives)})", values
