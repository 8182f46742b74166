"""Write stock/plan/*.csv from the geocoding data of libphonenumber (Apache-2.0).

Run by hand after an update of `phonenumbers`; the files are kept in the repository. The same
version of the data gives the same files, byte for byte.
"""

import csv
import re
import unicodedata
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields, replace
from itertools import islice, product
from pathlib import Path

import phonenumbers
from django.core.management.base import BaseCommand
from phonenumbers import PhoneMetadata, PhoneNumberType
from phonenumbers.geodata import GEOCODE_DATA, GEOCODE_LONGEST_PREFIX

from stock.numbering_plan import FOLDER, PlanRow

US_STATES = {
    "AK", "AL", "AR", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID", "IL", "IN",
    "KS", "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ",
    "NM", "NV", "NY", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VT", "WA",
    "WI", "WV", "WY",
}  # fmt: skip
CANADIAN_PROVINCES = {
    "AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT",
}  # fmt: skip
TOLL_FREE_CODES = ("800", "833", "844", "855", "866", "877", "888")

# Service codes, directory assistance and fiction (555), test and special exchanges: NANPA keeps
# them out of the ordinary plan. See also N11 in is_ordinary_exchange.
SPECIAL_EXCHANGES = {"555", "950", "958", "959", "976"}

# libphonenumber gives some area codes to one city as a whole and lists no exchange under them.
# Every eighth possible exchange stands for them.
WHOLE_CODE_STEP = 8
WASHINGTON = {"1202": "Washington, DC", "1771": "Washington, DC"}

RATE_CENTER_LENGTH = 10

COUNTRIES = ("GB", "DE", "FR", "ES", "IT", "NL", "IE", "SG", "AU", "AT", "CH", "BE", "SE", "PL")
PLACES_PER_COUNTRY = 200
# The places with the shortest codes are the largest; they get several exchanges.
LARGE_PLACES = 30
EXCHANGES_OF_LARGE_PLACE = 4
# How many fillings of a code are tried before a place is given up.
ATTEMPTS = 25
CODES_PER_KIND = 10
KINDS = {
    "mobile": PhoneNumberType.MOBILE,
    "toll_free": PhoneNumberType.TOLL_FREE,
    "national": PhoneNumberType.UAN,
}
GEOGRAPHIC = {PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
# Names in the data that are not cities.
WIDE_AREAS = {
    "Ile de France", "Northern Ireland", "Tyneside", "New South Wales", "Victoria", "Queensland",
    "South Australia", "Western Australia", "Tasmania", "Northern Territory",
    "Australian Capital Territory", "Bizkaia", "Asturias",
}  # fmt: skip
# Spain's 8 codes repeat its 9 codes.
UNUSED_CODES = {"ES": "348"}
# Countries without area codes, with what their fixed numbers begin with.
CITY_STATES = {"SG": ("Singapore", ["656"])}


class Command(BaseCommand):
    help = "Write the numbering plan's CSV files from phonenumbers' geodata."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, default=FOLDER)

    def handle(self, *, folder: Path, **options: object) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        exchanges = keep_area_codes_whole(list_exchanges())
        nanp = [*name_rate_centers(exchanges), *list_toll_free_codes()]
        places = [row for country in COUNTRIES for row in list_country(country)]
        for name, rows in [("nanp.csv", nanp), ("places.csv", places)]:
            write_rows(folder / name, rows)
            self.stdout.write(f"{name}: {len(rows):,} rows")


def write_rows(path: Path, rows: Iterable[PlanRow]) -> None:
    names = [field.name for field in fields(PlanRow)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in sorted(rows, key=lambda row: row.prefix))


def list_exchanges() -> Iterator[PlanRow]:
    """Give the exchanges of the United States and Canada whose city is known."""
    for prefix, name in sorted(name_exchanges().items()):
        city, _, region = name.rpartition(", ")
        # "Downtown Brooklyn, Brooklyn, NY"
        city = city.rpartition(", ")[2]
        country = "US" if region in US_STATES else "CA" if region in CANADIAN_PROVINCES else ""
        if city and country and is_ordinary_exchange(prefix[4:]):
            yield PlanRow(
                prefix, country, region, prefix[1:4], prefix[4:], city, "", "", "geographic"
            )


def keep_area_codes_whole(rows: Iterable[PlanRow]) -> list[PlanRow]:
    """Leave out exchanges the data puts into another state than the rest of their area code.

    No area code crosses a state line in the US, and few do in Canada; most of these are slips.
    """
    rows = list(rows)
    states: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        states[row.npa][row.region] += 1
    return [
        row
        for row in rows
        if row.country != "US" or row.region == states[row.npa].most_common(1)[0][0]
    ]


def name_exchanges() -> dict[str, str]:
    """Give the name of each exchange; a longer prefix in the data wins over a shorter one."""
    names = {
        prefix: names["en"]
        for prefix, names in GEOCODE_DATA.items()
        if prefix.startswith("1") and 4 <= len(prefix) <= 7 and "en" in names
    } | WASHINGTON
    exchanges: dict[str, str] = {}
    for prefix in sorted(names, key=len):
        exchanges.update(dict.fromkeys(fill_exchanges(prefix), names[prefix]))
    return exchanges


def fill_exchanges(prefix: str) -> list[str]:
    missing = 7 - len(prefix)
    step = WHOLE_CODE_STEP if missing == 3 else 1
    filled = (prefix + "".join(digits) for digits in product("0123456789", repeat=missing))
    return [exchange for exchange in filled if int(exchange) % step == 0]


def is_ordinary_exchange(nxx: str) -> bool:
    return nxx[0] >= "2" and nxx[1:] != "11" and nxx not in SPECIAL_EXCHANGES


def name_rate_centers(rows: Iterable[PlanRow]) -> Iterator[PlanRow]:
    """Fill in rate centers: a city's letters, with a digit where two cities share them."""
    rows = list(rows)
    cities = defaultdict(set)
    for row in rows:
        cities[row.region].add(row.city)
    centers: dict[tuple[str, str], str] = {}
    for region, names in sorted(cities.items()):
        taken: set[str] = set()
        for city in sorted(names):
            center = free_rate_center(city, taken)
            taken.add(center)
            centers[region, city] = center
    for row in rows:
        yield replace(row, rate_center=centers[row.region, row.city])


def free_rate_center(city: str, taken: set[str]) -> str:
    ascii_name = unicodedata.normalize("NFKD", city).encode("ascii", "ignore").decode()
    letters = re.sub(r"[^A-Z]", "", ascii_name.upper())
    center = letters[:RATE_CENTER_LENGTH]
    number = 1
    while center in taken:
        number += 1
        center = letters[: RATE_CENTER_LENGTH - len(str(number))] + str(number)
    return center


def list_toll_free_codes() -> Iterator[PlanRow]:
    for code in TOLL_FREE_CODES:
        yield PlanRow(f"1{code}", "US", "", code, "", "", "", "", "toll_free")


def list_country(country: str) -> Iterator[PlanRow]:
    """Give one country's places, then its mobile, free and national codes."""
    calling_code = str(phonenumbers.country_code_for_region(country))
    if country in CITY_STATES:
        places = [CITY_STATES[country]]
    else:
        places = list_places(country, calling_code)[:PLACES_PER_COUNTRY]
    for rank, (city, codes) in enumerate(places):
        wanted = EXCHANGES_OF_LARGE_PLACE if rank < LARGE_PLACES else 1
        for prefix in islice(find_exchanges(country, city, codes), wanted):
            # "Canberra/Gearys Gap/Gundaroo/…": the first is the place people know.
            place = city.partition("/")[0].strip()
            yield split_prefix(PlanRow(prefix, country, "", "", "", place, "", "", "geographic"))
    for kind, number_type in KINDS.items():
        for prefix in find_codes(country, number_type):
            yield split_prefix(PlanRow(prefix, country, "", "", "", "", "", "", kind))


def split_prefix(row: PlanRow) -> PlanRow:
    number = phonenumbers.parse(f"+{row.prefix}0123")
    national = phonenumbers.national_significant_number(number)[:-4]
    length = phonenumbers.length_of_national_destination_code(number)
    return replace(row, npa=national[:length], nxx=national[length:])


def list_places(country: str, calling_code: str) -> list[tuple[str, list[str]]]:
    """Give cities and their codes, the places with the shortest and the most codes first."""
    places = defaultdict(list)
    for prefix, names in GEOCODE_DATA.items():
        if not prefix.startswith(calling_code) or "en" not in names:
            continue
        if prefix.startswith(UNUSED_CODES.get(country, " ")) or names["en"] in WIDE_AREAS:
            continue
        places[names["en"]].append(prefix)
    for codes in places.values():
        codes.sort(key=lambda code: (len(code), code))
    return sorted(places.items(), key=lambda place: (len(place[1][0]), -len(place[1]), place[0]))


def list_lengths(country: str) -> list[int]:
    """Give the lengths of whole fixed numbers without calling code, the usual one first."""
    metadata = PhoneMetadata.metadata_for_region(country)
    fixed_line = metadata and metadata.fixed_line
    if not fixed_line or not fixed_line.example_number:
        raise LookupError(f"libphonenumber knows no fixed numbers in {country}")
    usual = len(fixed_line.example_number)
    return [usual, *(n for n in sorted(fixed_line.possible_length) if n > usual)]


def find_exchanges(country: str, city: str, codes: list[str]) -> Iterator[str]:
    """Give prefixes of the city, such that each with any four digits is a valid number."""
    calling_code = str(phonenumbers.country_code_for_region(country))
    lengths = [length + len(calling_code) - 4 for length in list_lengths(country)]
    found = set()
    for length, attempt, code in product(lengths, range(ATTEMPTS), codes):
        prefix = fill_prefix(code, length, attempt)
        if (
            prefix not in found
            and len(prefix) == length
            and prefix.removeprefix(code)[:1] not in {"0", "1"}
            and is_number_of(prefix, country, GEOGRAPHIC)
            and (country in CITY_STATES or name_of(prefix) == city)
        ):
            found.add(prefix)
            yield prefix


def fill_prefix(code: str, length: int, attempt: int) -> str:
    """Append digits to the code up to this length, scattered but always the same."""
    missing = length - len(code)
    if missing <= 0:
        return code
    return f"{code}{(int(code) * 7919 + attempt * 7307) % 10**missing:0{missing}d}"


def find_codes(country: str, number_type: int) -> Iterator[str]:
    """Give prefixes beside the library's own example of this type, if it has one."""
    example = phonenumbers.example_number_for_type(country, number_type)
    if example is None:
        return
    first = int(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)[1:-4])
    for prefix in map(str, range(first, first + CODES_PER_KIND)):
        if is_number_of(prefix, country, {number_type}):
            yield prefix


def is_number_of(prefix: str, country: str, types: set[int]) -> bool:
    return all(
        phonenumbers.is_valid_number_for_region(number, country)
        and phonenumbers.number_type(number) in types
        for number in (phonenumbers.parse(f"+{prefix}{line}") for line in ("0000", "0123", "9876"))
    )


def name_of(digits: str) -> str | None:
    for length in range(min(len(digits), GEOCODE_LONGEST_PREFIX), 0, -1):
        if names := GEOCODE_DATA.get(digits[:length]):
            return names.get("en")
    return None
