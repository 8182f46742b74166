"""Twelve classes of patterns in equal shares, and a stock that is counted for them."""

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import psycopg

from bench.database import fill

if TYPE_CHECKING:
    from stock.criteria import OfferCriteria

PAGE = 50
SEED = 20261126
DIGITS = "0123456789"
# What area codes and exchanges begin with.
BEGINNINGS = "23456789"
SHORT_WORDS = ("FOOD", "HELP", "CARS", "LOAN", "HOME", "PETS", "BANK", "GOLD", "TAGS", "CALL")
LONG_WORDS = ("HELLO", "MONEY", "LAWYER", "TRAVEL", "DENTIST", "FLOWERS", "PLUMBER")
# Planned anew for each search, as in the product, and neither compiled nor shared between workers.
SESSION = "set jit = off; set max_parallel_workers_per_gather = 0"


def prepare(url: str, *, numbers: int) -> int:
    """Fill the database, count it as the sweeps do, and return how many numbers can be bought."""
    free = fill(url, numbers=numbers)
    from stock import census, counting

    counting.rebuild()
    census.take()
    return free


def connect(url: str) -> psycopg.Connection:
    own = psycopg.connect(url, autocommit=True)
    own.prepare_threshold = None
    own.execute(SESSION.encode())
    return own


def read_area_codes(own: psycopg.Connection) -> list[str]:
    found = own.execute(
        "select distinct npa from stock_exchangecount"
        " where country = 'US' and number_type = 'geographic' order by npa"
    )
    return [npa for (npa,) in found]


def draw_mix(
    draw: random.Random, area_codes: list[str]
) -> Iterator[tuple[str, "OfferCriteria", str]]:
    """Yield one pattern of each class: its letter, what is looked for, and what was typed."""
    from stock.criteria import OfferCriteria
    from stock.models import NumberType
    from stock.patterns import TOLL_FREE_CODES, read_pattern

    code = draw.choice(TOLL_FREE_CODES)
    typed: dict[str, tuple[str, str, str]] = {
        "A": ("US", NumberType.TOLL_FREE, f"{code}{_some(draw, 3)}XXXX"),
        "B": ("US", NumberType.TOLL_FREE, f"8XX{_some(draw, 7)}"),
        "C": ("US", NumberType.TOLL_FREE, f"{code}XXX{draw.choice(DIGITS)}000"),
        "D": ("US", NumberType.GEOGRAPHIC, f"*{draw.choice(SHORT_WORDS)}*"),
        "E": ("US", NumberType.GEOGRAPHIC, f"XXXXXX{_some(draw, 4)}"),
        "F": ("US", NumberType.GEOGRAPHIC, f"{draw.choice(area_codes)}XXXXX{_some(draw, 2)}"),
        "G": ("US", NumberType.GEOGRAPHIC, _scattered(draw, 5)),
        "H": ("US", NumberType.GEOGRAPHIC, _scattered(draw, 3)),
        "I": ("SG", NumberType.GEOGRAPHIC, "+65*"),
        "J": ("US", NumberType.GEOGRAPHIC, f"*{draw.choice(LONG_WORDS)}*"),
        "K": ("US", NumberType.GEOGRAPHIC, _repeated(draw)),
        "L": ("US", NumberType.GEOGRAPHIC, f"*{draw.choice(DIGITS) * 3}*"),
    }
    for letter, (country, number_type, pattern) in typed.items():
        masks = read_pattern(pattern, country=country, number_type=number_type).masks
        yield letter, OfferCriteria(country, number_type=number_type, masks=(masks,)), pattern


def _some(draw: random.Random, count: int) -> str:
    """Draw digits of which the first may begin an exchange."""
    return draw.choice(BEGINNINGS) + "".join(draw.choices(DIGITS, k=count - 1))


def _scattered(draw: random.Random, count: int) -> str:
    places = draw.sample(range(10), count)
    return "".join(
        draw.choice(BEGINNINGS if place in {0, 3} else DIGITS) if place in places else "X"
        for place in range(10)
    )


def _repeated(draw: random.Random) -> str:
    return f"XXX{draw.choice(BEGINNINGS) * 7}"


def ask(criteria: "OfferCriteria") -> tuple[bytes, list[Any]]:
    """Return the query that the product sends for the first page, planning included."""
    from stock import asking, searching
    from stock.criteria import SortOrder

    plan = searching.plan_for(criteria, limit=PAGE)
    asked = asking.statement(criteria, plan, order=SortOrder.NUMBER, limit=PAGE)
    return asked.sql.encode(), asked.values


def compare_everything(own: psycopg.Connection, criteria: "OfferCriteria") -> list[str]:
    """Return the digits of the first page by comparing every number, without any index."""
    from stock.masks import as_regex

    [group] = criteria.masks
    expression = "|".join(as_regex(mask) for mask in group)
    with own.transaction():
        for scan in ("indexscan", "bitmapscan", "indexonlyscan"):
            own.execute(f"set local enable_{scan} = off".encode())
        found = own.execute(
            "select digits from stock_stocknumber where state = 'available' and country = %s"
            " and number_type = %s and digits ~ %s order by digits limit %s",
            [criteria.country, criteria.number_type, f"^({expression})$", PAGE],
        ).fetchall()
    return [digits for (digits,) in found]


def digits_of(own: psycopg.Connection, criteria: "OfferCriteria") -> list[str]:
    """Return the digits of the first page as the product finds them."""
    sql, values = ask(criteria)
    cursor = own.execute(sql, values)
    assert cursor.description
    column = [one.name for one in cursor.description].index("digits")
    return [row[column] for row in cursor.fetchall()]


def check_answers(own: psycopg.Connection, draw: random.Random, area_codes: list[str]) -> None:
    """Compare one answer of each class with comparing every number."""
    for letter, criteria, pattern in draw_mix(draw, area_codes):
        found = digits_of(own, criteria)
        assert found == compare_everything(own, criteria), f"{letter}: {pattern} is wrong"
