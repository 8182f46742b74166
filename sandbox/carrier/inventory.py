"""What the carrier has for sale, generated once from a seed over a numbering plan."""

import csv
import random
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from sandbox.carrier.datafile import DataFile, get_setting, put_setting
from sandbox.carrier.faults import MAGIC_LINES
from sandbox.carrier.sought import draw_blocks, draw_toll_free

SETTING = "inventory"
PLAN = Path(__file__).resolve().parents[2] / "numbers" / "stock" / "plan"

TOLL_FREE_SHARE = 0.05
ABROAD_SHARE = 0.09
# Below this size only Arkansas has magic numbers, or they would be most of what there is.
SMALL = 20_000
# The exchanges of one region (of one country outside +1) that have all magic numbers. They are the
# last ones, so that whoever takes the first offers of a search does not run into faults.
MAGIC_EXCHANGES = 2
MAGIC_TOLL_FREE_EXCHANGE = "989"
# Arkansas 501, where demos and tests look.
HOME = ("AR", "501")
MAGIC_EXCHANGES_AT_HOME = 6
LINES_PER_EXCHANGE = 4

SMS_SHARE = 0.7
FAX_SHARE = 0.4
ORDINARY_LINES = [f"{n:04d}" for n in range(10_000) if not 100 <= n <= 199]
# In cents, a month.
MONTHLY = {"geographic": 40, "toll_free": 80, "national": 120, "mobile": 250}
# Countries outside +1 where geographic numbers can reach emergency services.
WITH_EMERGENCY = {"AT", "BE", "DE", "FR", "GB", "IE", "NL"}
REQUIREMENTS = ("", "", "proof_of_address", "proof_of_address,proof_of_identity")

PlanRow = dict[str, str]
NumberRow = tuple[str, str, str, str, str, str, str, str, str, int, int, str]


def read_plan(path: Path) -> list[PlanRow]:
    """Read one CSV file, or all those of a folder."""
    rows: list[PlanRow] = []
    for name in sorted(path.glob("*.csv")) if path.is_dir() else [path]:
        with name.open(encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file)
    return rows


def ensure_inventory(data: DataFile, *, seed: int, numbers: int, plan: Path) -> dict[str, int]:
    """Fill an empty data file; leave a filled one as it is. Say what is in the file."""
    made: dict[str, int] = get_setting(data.read(), SETTING)
    if made:
        return made
    rows = generate_numbers(read_plan(plan), seed=seed, total=numbers)
    made = {"seed": seed, "numbers": len(rows)}
    with data.write() as connection:
        insert_numbers(connection, rows)
        put_setting(connection, SETTING, made)
    return made


def insert_numbers(connection: sqlite3.Connection, rows: Iterable[NumberRow]) -> None:
    connection.executemany(
        "INSERT INTO numbers (number, country, type, region, npa, nxx, locality, rate_center,"
        " features, monthly, setup, requirements) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def generate_numbers(plan: list[PlanRow], *, seed: int, total: int) -> list[NumberRow]:
    """Give `total` numbers in order, always the same for one seed, size and plan."""
    draw = random.Random(f"inventory {seed}")
    geographic = [row for row in plan if row["region"]]
    toll_free = [row for row in plan if row["prefix"].startswith("1") and not row["region"]]
    abroad = [row for row in plan if not row["prefix"].startswith("1")]
    for rows in (geographic, toll_free, abroad):
        draw.shuffle(rows)
    geographic.sort(key=lambda row: (row["region"], row["npa"]) != HOME)

    prices = draw_prices(draw, plan)
    generated = {}
    for row in choose_magic(geographic, toll_free, abroad, total):
        exchange = MAGIC_TOLL_FREE_EXCHANGE if row in toll_free else ""
        for line in MAGIC_LINES:
            digits = row["prefix"] + exchange + line
            generated[digits] = describe(row, digits, prices, draw)
    for row, digits in choose_sought(geographic, toll_free, seed=seed, total=total):
        generated.setdefault(digits, describe(row, digits, prices, draw))
    for rows, share in [(toll_free, TOLL_FREE_SHARE), (abroad, ABROAD_SHARE)]:
        for row, digits in draw_digits(draw, rows, round(total * share)):
            generated[digits] = describe(row, digits, prices, draw)
    # The rest of the whole; again for those that were there already.
    while len(generated) < total:
        for row, digits in draw_digits(draw, geographic, total - len(generated)):
            generated[digits] = describe(row, digits, prices, draw)
    return [generated[digits] for digits in sorted(generated)]


def choose_magic(
    geographic: list[PlanRow], toll_free: list[PlanRow], abroad: list[PlanRow], total: int
) -> list[PlanRow]:
    at_home = [row for row in geographic if (row["region"], row["npa"]) == HOME]
    chosen = sorted(at_home, key=lambda row: row["prefix"])[-MAGIC_EXCHANGES_AT_HOME:]
    if total < SMALL:
        return chosen
    by_place = defaultdict(list)
    for row in sorted([*geographic, *abroad], key=lambda row: row["prefix"]):
        if row["number_type"] == "geographic" and row not in chosen:
            by_place[row["country"], row["region"]].append(row)
    for rows in by_place.values():
        chosen += rows[-MAGIC_EXCHANGES:]
    return chosen + toll_free


def choose_sought(
    geographic: list[PlanRow], toll_free: list[PlanRow], *, seed: int, total: int
) -> Iterator[tuple[PlanRow, str]]:
    if total < SMALL:
        # Behind the magic exchanges, so that whoever takes the first offers takes no block.
        at_home = [row for row in geographic if (row["region"], row["npa"]) == HOME]
        geographic = sorted(at_home, key=lambda row: row["prefix"])[-MAGIC_EXCHANGES_AT_HOME:]
    yield from draw_toll_free(toll_free, seed=seed)
    yield from draw_blocks(geographic, seed=seed)


def draw_prices(draw: random.Random, plan: list[PlanRow]) -> dict[tuple[str, str], tuple[int, str]]:
    """Give each country and type its monthly price in cents and what the buyer must hand in."""
    kinds = sorted({(row["country"], row["number_type"]) for row in plan})
    return {
        (country, number_type): (
            MONTHLY[number_type] + (0 if country in {"US", "CA"} else 10 * draw.randrange(3, 20)),
            "" if country in {"US", "CA"} else draw.choice(REQUIREMENTS),
        )
        for country, number_type in kinds
    }


def draw_digits(
    draw: random.Random, rows: list[PlanRow], wanted: int
) -> Iterator[tuple[PlanRow, str]]:
    """Spread numbers over the exchanges, unevenly; every exchange has some if there are enough."""
    rows = rows[: max(1, wanted // LINES_PER_EXCHANGE)]
    least = wanted // len(rows) // 2
    counts = Counter(dict.fromkeys(range(len(rows)), least))
    counts.update(draw.choices(range(len(rows)), k=wanted - least * len(rows)))
    for index, count in counts.items():
        row = rows[index]
        if row["nxx"] or not row["prefix"].startswith("1"):
            lines = draw.sample(ORDINARY_LINES, count)
        else:
            lines = draw_toll_free_lines(draw, count)
        for line in lines:
            yield row, row["prefix"] + line


def draw_toll_free_lines(draw: random.Random, count: int) -> list[str]:
    """Give what follows a toll-free code: an exchange that is no service code, and a line."""
    lines: dict[str, None] = {}
    while len(lines) < count:
        nxx = f"{draw.randrange(200, 1000)}"
        if nxx[1:] != "11":
            lines[nxx + draw.choice(ORDINARY_LINES)] = None
    return list(lines)


def draw_services(row: PlanRow, features: list[str]) -> list[str]:
    """Give what is offered beside calls and texts. Not by chance, so that seeds mean the same."""
    if row["number_type"] != "geographic":
        return []
    if row["country"] not in {"US", "CA"}:
        return ["emergency"] if row["country"] in WITH_EMERGENCY else []
    return ["emergency", "cnam", *(["a2p"] if "sms" in features else [])]


def describe(
    row: PlanRow,
    digits: str,
    prices: dict[tuple[str, str], tuple[int, str]],
    draw: random.Random,
) -> NumberRow:
    monthly, requirements = prices[row["country"], row["number_type"]]
    features = ["voice"]
    if draw.random() < SMS_SHARE:
        features.append("sms")
    if draw.random() < FAX_SHARE:
        features.append("fax")
    features += draw_services(row, features)
    if digits.endswith("0121"):
        requirements = "proof_of_identity"
    return (
        f"+{digits}",
        row["country"],
        row["number_type"],
        row["region"],
        row["npa"],
        row["nxx"] or digits[len(row["prefix"]) : -4],
        row["city"],
        row["rate_center"],
        ",".join(features),
        monthly + 10 * draw.randrange(4),
        20,
        requirements,
    )
