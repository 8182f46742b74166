"""The numbering plan: which place a number's leading digits belong to.

The files in `plan/` come from the geocoding data of Google's libphonenumber (Apache-2.0), by way of
the `phonenumbers` package; `manage.py extract_numbering_plan` writes them. They hold the exchanges
of the United States and Canada (nanp.csv) and places, mobile and free codes of other countries
(places.csv).
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "plan"
FILES = ("nanp.csv", "places.csv")


@dataclass(frozen=True, slots=True)
class PlanRow:
    """All numbers that begin with `prefix` (E.164 digits without the plus).

    Four digits follow the prefix; only after a toll-free code of +1, which has no `nxx`, do seven.
    Outside +1 `npa` is the national area code, `nxx` what leads to the last four digits.
    """

    prefix: str
    country: str
    region: str
    npa: str
    nxx: str
    city: str
    rate_center: str
    lata: str
    number_type: str


def read_plan(folder: Path = FOLDER) -> Iterator[PlanRow]:
    for name in FILES:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield PlanRow(**row)
