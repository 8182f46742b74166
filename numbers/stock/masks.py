"""Masks: what numbers look like, digit by digit.

A mask is written like the digits of a number, the calling code first. `X` is any one digit and `*`,
at most one before and one after the rest, any digits: 1877555XXXX, 65*, 1*3663*.
"""

import re
from collections.abc import Collection, Iterator
from itertools import takewhile

ANY_DIGIT = "X"
ANY_DIGITS = "*"


def as_like(mask: str) -> str:
    """Write the mask as a pattern of SQL's LIKE."""
    return mask.replace(ANY_DIGIT, "_").replace(ANY_DIGITS, "%")


def as_regex(mask: str) -> str:
    return mask.replace(ANY_DIGIT, r"\d").replace(ANY_DIGITS, r"\d*")


def fits(mask: str, digits: str) -> bool:
    return bool(re.fullmatch(as_regex(mask), digits))


def is_one_number(mask: str) -> bool:
    return mask.isdigit()


def shared_prefix(masks: Collection[str]) -> str:
    """Return the digits that every number of any of the masks begins with."""
    places = zip(*masks, strict=False)
    agreed = takewhile(lambda place: len(set(place)) == 1 and place[0].isdigit(), places)
    return "".join(place[0] for place in agreed)


def forget_prefix(mask: str, prefix: str) -> str:
    """Leave open what the prefix says."""
    return ANY_DIGIT * len(prefix) + mask.removeprefix(prefix)


def place(mask: str, *, lengths: Collection[int]) -> list[str]:
    """Return the masks without `*` that together fit what `mask` fits, and may fit more.

    `lengths` are those that whole numbers may have. Where the end is free the masks are shorter
    than the numbers: they say what the first digits are.
    """
    start, star, rest = mask.partition(ANY_DIGITS)
    if not (star and rest):
        return [start]
    known = rest.removesuffix(ANY_DIGITS)
    room = {length - len(start) - len(known) for length in lengths}
    ends = range(max(room) + 1) if rest.endswith(ANY_DIGITS) else sorted(room)
    return [start + ANY_DIGIT * skipped + known for skipped in ends if skipped >= 0]


def fixed_parts(mask: str, digits: str) -> list[tuple[int, int]]:
    """Return where in `digits`, which the mask fits, the mask names digits: first and behind last.

    Of several places where `*` lets them be, the first one counts.
    """
    pieces = re.findall(r"\d+|X+|\*", mask)
    groups = "".join(f"({as_regex(piece).replace('*', '*?')})" for piece in pieces)
    found = re.fullmatch(groups, digits)
    assert found, f"{mask} does not fit {digits}"
    spans = [found.span(number) for number, piece in enumerate(pieces, 1) if piece.isdigit()]
    return [span for span in spans if span[0] < span[1]]


def windows(mask: str, *, width: int) -> Iterator[tuple[int, str]]:
    """Yield every `width` neighbours of a mask without `*`, and where they begin."""
    for start in range(len(mask) - width + 1):
        yield start, mask[start : start + width]
