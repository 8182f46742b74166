"""The limit of what can be reached: one bitmap in memory for each digit at each place."""

import re
from collections.abc import Iterator
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from stock.criteria import OfferCriteria

WIDTH = 15
DIGITS = "0123456789"
PAGE = 50


class Bitmaps:
    """All numbers that can be bought, in the order of their digits: the first is the lowest bit."""

    def __init__(self, own: psycopg.Connection) -> None:
        found = own.execute(
            "select digits, country || number_type from stock_stocknumber"
            " where state = 'available' order by digits"
        ).fetchall()
        self.digits = [digits for digits, _ in found]
        padded = "".join(digits.ljust(WIDTH) for digits in self.digits)
        self.places = [
            {digit: _bits(padded[place::WIDTH], digit) for digit in DIGITS}
            for place in range(WIDTH)
        ]
        kinds = [kind for _, kind in found]
        self.kinds = {kind: _bits_of(one == kind for one in kinds) for kind in set(kinds)}

    def find(self, criteria: "OfferCriteria", *, lengths: list[int]) -> list[str]:
        """Return the first page of the numbers that fit one mask; the group is the only one."""
        from stock.masks import place

        [group] = criteria.masks
        masks = [placed for mask in group for placed in place(mask, lengths=lengths)]
        fitting = reduce(or_, (self._fitting(mask) for mask in masks))
        fitting &= self.kinds.get(f"{criteria.country}{criteria.number_type}", 0)
        return [self.digits[bit] for bit in _lowest(fitting, PAGE)]

    def _fitting(self, mask: str) -> int:
        fixed = [(place, digit) for place, digit in enumerate(mask) if digit != "X"]
        return reduce(and_, (self.places[place][digit] for place, digit in fixed))


def _bits(column: str, digit: str) -> int:
    table = {ord(one): "1" if one == digit else "0" for one in f"{DIGITS} "}
    return int(column[::-1].translate(table), 2)


def _bits_of(flags: Iterator[bool]) -> int:
    return int("".join("1" if flag else "0" for flag in flags)[::-1], 2)


def _lowest(bits: int, count: int) -> Iterator[int]:
    """Yield the places of the lowest bits that are set."""
    octets = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
    for found in re.finditer(rb"[^\0]", octets):
        octet = found[0][0]
        for bit in range(8):
            if octet >> bit & 1:
                yield found.start() * 8 + bit
                count -= 1
                if not count:
                    return
