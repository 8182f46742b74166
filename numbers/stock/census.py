"""How often digits stand where in the stock: what a pattern search is planned with.

Each number has a token for every three neighbouring digits: their place and the digits, as the
function stock_tokens of the database writes them. A sweep counts those of all numbers that can be
bought. What is counted says only which way to an answer is short; the answer is the same each way.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from celery import shared_task
from django.db import connection, transaction
from django.db.models import Sum

from stock.masks import ANY_DIGIT
from stock.models import PlaceCount, PlaceLevel, TokenCount

WIDTH = 3
PLACE = 10**WIDTH
# How old the figures may be that a process plans with.
FRESH_SECONDS = 300
# Held by whoever counts: a second one would only do the same.
COUNTING_LOCK = 7_310_002
FORGET = "delete from public.stock_tokencount"
COUNT = """
insert into public.stock_tokencount (token, available)
select token, count(*) from public.stock_stocknumber, unnest(public.stock_tokens(digits)) token
where state = 'available' group by token
"""

Kind = tuple[str, str]


@transaction.atomic
def take() -> bool:
    """Count the tokens anew. False if somebody else is at it."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [COUNTING_LOCK])
        if cursor.fetchone() == (False,):
            return False
        cursor.execute(FORGET)
        cursor.execute(COUNT)
    return True


@shared_task
def take_task() -> None:
    take()


@dataclass(frozen=True, slots=True)
class Census:
    """The figures of one moment."""

    tokens: Mapping[int, int]
    # How many numbers of each country and type.
    kinds: Mapping[Kind, int]
    total: int
    _known: dict[tuple[int, str], float] = field(default_factory=dict)

    def having(self, start: int, window: str) -> float:
        """Return how many numbers have these digits from `start`, counted from 0."""
        known = self._known.get((start, window))
        if known is None:
            known = self._known[start, window] = self._count(start, window)
        return known

    def _count(self, start: int, window: str) -> float:
        fixed = WIDTH - window.count(ANY_DIGIT)
        if not fixed or not self.tokens:
            return float(self.total / 10**fixed)
        return sum(self.tokens.get(token, 0) for token in tokens_of(start, window))

    def share(self, mask: str) -> float:
        """Return which part of all numbers a mask without `*` fits, as far as tokens can tell.

        Each digit is as likely as it is behind the two before it.
        """
        share = 1.0
        for place, digit in enumerate(mask):
            if digit != ANY_DIGIT:
                start = max(place - WIDTH + 1, 0)
                before = self.having(start, mask[start:place].ljust(WIDTH, ANY_DIGIT))
                both = self.having(start, mask[start : place + 1].ljust(WIDTH, ANY_DIGIT))
                share *= both / before if before else 0.0
        return share


def tokens_of(start: int, window: str) -> Iterator[int]:
    """Yield every token that fits three places of a mask."""
    digits = ["0123456789" if place == ANY_DIGIT else place for place in window]
    for filled in product(*digits):
        yield (start + 1) * PLACE + int("".join(filled))


_lock = threading.Lock()
_newest: tuple[float, Census] | None = None


def newest() -> Census:
    """Return the figures this process knows, read anew when they are some minutes old."""
    global _newest
    with _lock:
        if _newest is None or _newest[0] < time.monotonic() - FRESH_SECONDS:
            _newest = (time.monotonic(), _read())
        return _newest[1]


def _read() -> Census:
    tokens = dict(TokenCount.objects.values_list("token", "available"))
    regions = PlaceCount.objects.filter(level=PlaceLevel.REGION)
    kinds = {
        (country, number_type): available
        for country, number_type, available in regions.values_list(
            "country", "number_type"
        ).annotate(Sum("available"))
    }
    return Census(tokens, kinds, sum(kinds.values()))
