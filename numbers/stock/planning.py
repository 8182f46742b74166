"""Choosing the way to an answer: how much each way would read, by the census of the stock.

The index of the tokens has to read all that fits before the first row of a page is known. So what
is rare is looked up there, and what is common is found on a walk that ends when the page is full.
"""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from stock.census import WIDTH, Census, tokens_of
from stock.masks import (
    ANY_DIGIT,
    forget_prefix,
    is_one_number,
    place,
    shared_prefix,
    windows,
)

# Microseconds, as measured with ten million numbers; only what they are to each other matters.
TABLE_ROW = 0.2
# Of a table that is read in another order than its own.
RANDOM_ROW = 1.0
INDEX_ROW = 0.09
# For reading the page's rows by their digits afterwards.
SKIM = 100
LOOK_UP = 90
TOKEN_ROW = 0.01
# Where each of several tokens will do, all their rows are read.
ANY_TOKEN_ROW = 0.02
FOUND_ROW = 2.0
MOST_WINDOWS = 4
# A window with two places free has a hundred tokens, and hardly says anything.
MOST_GAPS = 1


class Way(StrEnum):
    # Along an index in the order of the page, until that is full.
    WALK = "walk"
    # The same, but in the index alone; the table is read for the page.
    SKIM = "skim"
    # All of a place, or all that begins alike, and sort it.
    GATHER = "gather"
    # All that the index of the tokens names, and sort it.
    LOOK_UP = "look_up"


@dataclass(frozen=True, slots=True)
class Question:
    """What the choice depends on."""

    country: str
    number_type: str
    calling_code: str
    # Of whole numbers, with the calling code.
    lengths: tuple[int, ...]
    # A number has to fit one mask of each group.
    groups: tuple[tuple[str, ...], ...]
    # How many numbers the chosen place has; None if none was chosen.
    of_place: int | None
    # Whether the index of country and type knows all that is asked.
    is_in_index: bool
    is_by_number: bool
    limit: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """What to ask the index for: all of `all_of`, and one of each of `any_of`."""

    all_of: tuple[int, ...]
    any_of: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A way, about how many microseconds it takes, and for LOOK_UP what names the numbers."""

    way: Way
    cost: float
    tokens: tuple[Tokens, ...] = ()


def choose(question: Question, census: Census) -> Plan:
    """Return the way that is expected to take the least."""
    best = Plan(Way.WALK, math.inf)
    for plan in ways(question, census):
        best = min(best, plan, key=lambda one: one.cost)
        if best.cost < LOOK_UP:
            # No other way begins cheaper.
            break
    return best


def ways(question: Question, census: Census) -> Iterator[Plan]:
    """Yield every way that leads to the answer."""
    of_kind = census.kinds.get((question.country, question.number_type), census.total)
    of_place = of_kind if question.of_place is None else question.of_place
    in_range = min([of_place, *(_in_range(group, census) for group in question.groups)])
    # Of what begins as it has to.
    fitting = math.prod(_share_in_range(group, question, census) for group in question.groups)
    hits = max(in_range * fitting, 1e-3)
    walked = in_range if question.is_by_number else of_kind
    walked = min(walked, walked * question.limit / hits)
    yield Plan(Way.WALK, walked * (TABLE_ROW if question.is_by_number else RANDOM_ROW))
    if question.is_in_index:
        yield Plan(Way.SKIM, SKIM + walked * INDEX_ROW)
    if not question.is_by_number:
        yield Plan(Way.GATHER, in_range * TABLE_ROW)
    for group in question.groups:
        if names := _names_of_group(group, question, census):
            cost = sum(name.cost for name in names)
            yield Plan(Way.LOOK_UP, cost, tuple(name.tokens for name in names))


def _in_range(group: Collection[str], census: Census) -> float:
    """Return how many numbers begin as those of the group have to."""
    if all(map(is_one_number, group)):
        return len(group)
    return census.total * census.share(shared_prefix(group))


def _share_in_range(group: Collection[str], question: Question, census: Census) -> float:
    """Return which part of the numbers that begin so goes on as one of the masks does."""
    prefix = shared_prefix(group)
    going_on = [forget_prefix(mask, prefix) for mask in _placed(group, question)]
    return min(sum(census.share(mask) for mask in going_on), 1.0)


def _placed(group: Collection[str], question: Question) -> list[str]:
    return [placed for mask in group for placed in place(mask, lengths=question.lengths)]


@dataclass(frozen=True, slots=True)
class _Name:
    """Tokens that name the numbers of a mask and maybe some more, and what reading them costs."""

    tokens: Tokens
    cost: float


def _names_of_group(group: Collection[str], question: Question, census: Census) -> list[_Name]:
    """Return what names the numbers of each mask; nothing if the index cannot name them all."""
    found = [_name(mask, question.calling_code, census) for mask in _placed(group, question)]
    return [name for name in found if name] if all(found) else []


def _name(mask: str, calling_code: str, census: Census) -> _Name | None:
    """Choose windows, the rarest first, as long as each makes the answer cheaper."""
    usable = sorted(
        (census.having(start, window), start, window)
        for start, window in windows(mask, width=WIDTH)
        if window.count(ANY_DIGIT) <= MOST_GAPS
    )
    # The calling code says nothing: it is the country's.
    named = set(range(len(calling_code)))
    chosen: list[tuple[int, str]] = []
    reading, cost = float(LOOK_UP), math.inf
    for rows, start, window in usable:
        with_it = named | {start + at for at, digit in enumerate(window) if digit != ANY_DIGIT}
        if with_it == named or len(chosen) == MOST_WINDOWS:
            continue
        looked_up = "".join(
            digit if place in with_it else ANY_DIGIT for place, digit in enumerate(mask)
        )
        is_whole = ANY_DIGIT not in window
        read = reading + rows * (TOKEN_ROW if is_whole else ANY_TOKEN_ROW)
        found = census.total * census.share(looked_up)
        if read + found * FOUND_ROW < cost:
            reading, cost, named = read, read + found * FOUND_ROW, with_it
            chosen.append((start, window))
    if not chosen:
        return None
    tokens = [tuple(tokens_of(start, window)) for start, window in chosen]
    return _Name(
        Tokens(
            all_of=tuple(one[0] for one in tokens if len(one) == 1),
            any_of=tuple(several for several in tokens if len(several) > 1),
        ),
        cost,
    )
