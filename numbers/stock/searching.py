"""Finding numbers to buy by what they are, where, and what they look like, page by page.

Each kind of question has an index whose rows come in the order of the page, so that an answer
costs the same in a stock of ten million as in one of ten thousand. For what a number shall look
like there is one more, of its digits' tokens; stock.planning chooses between them.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from stock import asking, census, counts, planning
from stock.criteria import Edge, OfferCriteria, SortOrder
from stock.models import NumberType, PlaceLevel, StockNumber
from stock.patterns import dialling_of
from stock.planning import Plan, Question, Way

PAGE_SIZE = 50
TIMEOUT_MILLISECONDS = 500
# Processes that help and compiled expressions take longer to begin than an answer takes.
LIMITS = """
select set_config('statement_timeout', %s, true), set_config('jit', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true)
"""
LOOK_UP = f"select {', '.join(asking.OFFERED)} from {asking.TABLE} where digits = any(%s)"


class TooBroad(Exception):
    """An answer would have taken too long. The message says what to do."""

    def __init__(self) -> None:
        super().__init__(
            "Narrow your search: too many numbers would have to be compared. Name one more digit, "
            "or choose a state, an area code or a city."
        )


def find(
    criteria: OfferCriteria,
    *,
    order: SortOrder = SortOrder.NUMBER,
    edge: Edge | None = None,
    is_backwards: bool = False,
    limit: int = PAGE_SIZE,
) -> list[StockNumber]:
    """Return the numbers that can be bought and fit, those next to the edge first.

    Raises TooBroad.
    """
    asked = asking.statement(
        criteria,
        plan_for(criteria, order=order, limit=limit),
        order=order,
        edge=edge,
        is_backwards=is_backwards,
        limit=limit,
    )
    with hurrying():
        return list(StockNumber.objects.raw(asked.sql, asked.values))


def how_many(
    criteria: OfferCriteria, *, at_most: int, milliseconds: int = TIMEOUT_MILLISECONDS
) -> int:
    """Return how many numbers fit, and no more than `at_most`. Raises TooBroad."""
    plan = plan_for(criteria, limit=at_most)
    asked = asking.statement(
        criteria, plan, order=SortOrder.NUMBER, limit=at_most, columns=["digits"]
    )
    with hurrying(milliseconds), connection.cursor() as cursor:
        cursor.execute(f"select count(*) from ({asked.sql}) found", asked.values)
        return int(cursor.fetchone()[0])


def look_up(digits: Collection[str]) -> dict[str, StockNumber]:
    """Return those of the numbers that the platform knows, in whatever state, by their digits."""
    known = StockNumber.objects.raw(LOOK_UP, [list(digits)])
    return {number.digits: number for number in known}


def plan_for(criteria: OfferCriteria, *, order: SortOrder = SortOrder.NUMBER, limit: int) -> Plan:
    """Choose the way. By number and without masks the indexes leave nothing to choose."""
    if order is SortOrder.NUMBER and not criteria.masks:
        return Plan(Way.WALK, 0)
    return planning.choose(question_of(criteria, order=order, limit=limit), census.newest())


def question_of(criteria: OfferCriteria, *, order: SortOrder, limit: int) -> Question:
    written = dialling_of(criteria.country, criteria.number_type or NumberType.GEOGRAPHIC)
    return Question(
        country=criteria.country,
        number_type=criteria.number_type,
        calling_code=criteria.calling_code,
        lengths=tuple(written.whole_lengths),
        groups=criteria.masks + (((f"{criteria.prefix}*",),) if criteria.prefix else ()),
        of_place=_count_place(criteria),
        is_in_index=asking.is_in_index(criteria),
        is_by_number=order is SortOrder.NUMBER,
        limit=limit,
    )


def _count_place(criteria: OfferCriteria) -> int | None:
    """Return how many numbers the chosen place has, as far as it is counted."""
    for level, name in (
        (PlaceLevel.CITY, criteria.city),
        (PlaceLevel.RATE_CENTER, criteria.rate_center),
        (PlaceLevel.REGION, criteria.region),
    ):
        if name:
            return counts.of_place(
                criteria.country,
                criteria.region,
                level=level,
                name=name,
                number_type=criteria.number_type,
            )
    return None


@contextmanager
def hurrying(milliseconds: int = TIMEOUT_MILLISECONDS) -> Iterator[None]:
    """Give each query within so little time that nobody waits. Raises TooBroad."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(LIMITS, [str(milliseconds)])
            yield
    except OperationalError as trouble:
        if isinstance(trouble.__cause__, QueryCanceled):
            raise TooBroad from trouble
        raise
