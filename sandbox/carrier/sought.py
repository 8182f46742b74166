"""Numbers that people look for: words on the keypad, round endings, and blocks of neighbours."""

import random
from collections import defaultdict
from collections.abc import Iterator
from itertools import cycle, islice

PlanRow = dict[str, str]

KEYS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
# Seven letters each, behind a toll-free code.
WORDS = (
    *("FLOWERS", "OURFOOD", "LAWYERS", "DENTIST", "PLUMBER", "DOCTORS", "TRAVELS", "HOLIDAY"),
    *("CARRENT", "HOMECAR", "BANKING", "WINDOWS", "ROOFING", "GETPAID", "CALLNOW", "SUPPORT"),
)
# Each word is to be had behind so many of the codes.
CODES_PER_WORD = 2
ROUND_ENDING = "1000"
ROUND_NUMBERS_PER_CODE = 3
BLOCK_SIZES = (10, 20, 50, 100)
# Where lines of a block begin: none of them is magic.
BLOCK_STARTS = range(2000, 9900, 100)
BLOCKS_PER_REGION = 2


def draw_toll_free(codes: list[PlanRow], *, seed: int) -> Iterator[tuple[PlanRow, str]]:
    """Give words and round numbers behind toll-free codes."""
    draw = random.Random(f"words {seed}")
    turns = cycle(sorted(codes, key=lambda row: row["prefix"]))
    for word in WORDS:
        for row in islice(turns, CODES_PER_WORD):
            yield row, row["prefix"] + word.translate(KEYS)
    for row in codes:
        for nxx in draw.sample(range(212, 999), ROUND_NUMBERS_PER_CODE):
            # No service code, as 911 is.
            yield row, f"{row['prefix']}{nxx if nxx % 100 != 11 else nxx + 1}{ROUND_ENDING}"


def draw_blocks(exchanges: list[PlanRow], *, seed: int) -> Iterator[tuple[PlanRow, str]]:
    """Give whole blocks in some exchanges of every region."""
    draw = random.Random(f"blocks {seed}")
    by_region = defaultdict(list)
    for row in sorted(exchanges, key=lambda row: row["prefix"]):
        by_region[row["country"], row["region"]].append(row)
    sizes = cycle(BLOCK_SIZES)
    for rows in by_region.values():
        for row in draw.sample(rows, min(BLOCKS_PER_REGION, len(rows))):
            start = draw.choice(BLOCK_STARTS)
            for line in range(start, start + next(sizes)):
                yield row, f"{row['prefix']}{line}"
