"""Patterns: how people say which numbers they would like.

    501-555-XXXX     X is any one digit, always: for the letter X type 9
    8XX-OUR-FOOD     other letters are digits of the keypad; 8XX is every toll-free code in use
    877*   *1000     * is any digits, at the beginning or the end
    *FOOD*           … or at both: anywhere in the number

Spaces, dashes, dots, slashes and parentheses are left out. A pattern without `*` is a whole number.

**Country code.** Behind a plus comes the calling code of the country that is searched. Without a
plus, what begins with a digit is read as people of the country write it, unless it can be no number
there and the same without the calling code can: 1-877-555-XXXX. "Can be" means that it has as many
places as numbers of the country and type (fewer, if `*` follows), and does not begin with the digit
dialled before an area code, unless numbers of the type do: 800* in Russia; in +1, that area code
and exchange do not begin with 0 or 1. If only that digit is in the way, it is left out:
020 7946 XXXX. The calling code and `*` alone (65*, 0065*) means all numbers of the country, as +65*
does.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from phonenumbers import PhoneMetadata

from stock.digits import NORTH_AMERICA
from stock.masks import ANY_DIGIT, ANY_DIGITS
from stock.models import NumberType
from stock.regions import country_in_text

TOLL_FREE_CODES = ("800", "833", "844", "855", "866", "877", "888")
ANY_TOLL_FREE = "8XX"
SEPARATORS = str.maketrans("", "", " \t-‐‑‒–—−.()/\\")  # noqa: RUF001
# X is not among them: it stands for any digit.
KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWYZ", "2223334445556667777888999")


class BadPattern(Exception):
    """The pattern means nothing. The message says exactly why, and what to type instead."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern and what it was taken for: numbers that fit one of the masks."""

    typed: str
    masks: tuple[str, ...]
    # In words: "8xx 687-3663", "begins with +65".
    reading: str
    # Whether the reader may have meant something else by the letter X.
    has_letter_x: bool


@dataclass(frozen=True, slots=True)
class Dialling:
    """How numbers of one country and type are written."""

    country: str
    number_type: str
    calling_code: str
    # Of the number without its calling code.
    lengths: tuple[int, ...]
    # Dialled before an area code inside the country, and no part of the number.
    trunk: str
    # An expression that fits whole numbers of the type, and one that it fits; "" if there is none.
    shape: str = ""
    example: str = ""

    def is_begun_by(self, national: str) -> bool:
        """Tell whether numbers of the type begin so: the example does, with these digits put in."""
        begun = national.ljust(len(self.example), ANY_DIGIT)
        places = zip_longest(begun, self.example, fillvalue="0")
        whole = "".join(usual if digit == ANY_DIGIT else digit for digit, usual in places)
        return bool(re.fullmatch(self.shape, whole))

    @property
    def is_north_american(self) -> bool:
        return self.calling_code == NORTH_AMERICA

    @property
    def whole_lengths(self) -> list[int]:
        return [len(self.calling_code) + length for length in self.lengths]

    @property
    def named(self) -> str:
        """Whose lengths these are: of all numbers of the country, or of the type alone."""
        kind = "" if self.is_north_american else f"{NumberType(self.number_type).label.lower()} "
        return f"{kind}numbers of {country_in_text(self.country)}"


def dialling_of(country: str, number_type: str) -> Dialling:
    """Return how numbers of the kind are written, by the metadata of libphonenumber."""
    known = PhoneMetadata.metadata_for_region(country)
    assert known, f"{country} has no telephone numbers"
    code = str(known.country_code)
    if code == NORTH_AMERICA:
        return Dialling(country, number_type, code, (10,), code)
    described = {
        NumberType.GEOGRAPHIC: known.fixed_line,
        NumberType.MOBILE: known.mobile,
        NumberType.TOLL_FREE: known.toll_free,
        NumberType.NATIONAL: known.uan,
    }
    of_type = described[NumberType(number_type)]
    lengths = of_type.possible_length if of_type else ()
    if not lengths and known.general_desc:
        lengths = known.general_desc.possible_length
    return Dialling(
        country,
        number_type,
        code,
        tuple(lengths),
        trunk=known.national_prefix or "",
        shape=(of_type and of_type.national_number_pattern) or "",
        example=(of_type and of_type.example_number) or "",
    )


def read_pattern(typed: str, *, country: str, number_type: str) -> Pattern:
    """Return what the pattern means in a search of that country and type. Raises BadPattern."""
    written = unicodedata.normalize("NFKC", typed).strip().upper()
    plan = dialling_of(country, number_type)
    characters = _characters(written)
    body = characters.strip(ANY_DIGITS)
    starts_free = characters.startswith(ANY_DIGITS)
    ends_free = characters.endswith(ANY_DIGITS)
    if not any(character.isdigit() for character in body):
        raise BadPattern(
            f"“{written}” fits every number. Name at least one digit or letter, like *7 or FOOD*."
        )
    if starts_free:
        known = body
        _check_room(known, plan)
    else:
        known = _national(body, plan, written=written, ends_free=ends_free)
    masks = _masks(known, plan, starts_free=starts_free, ends_free=ends_free)
    return Pattern(
        typed=written,
        masks=masks,
        reading=_reading(
            known,
            plan,
            starts_free=starts_free,
            ends_free=ends_free,
            with_code=body.startswith("+") or not known,
        ),
        has_letter_x=bool(re.search(r"[A-WYZ]X", written)),
    )


def read_prefix(typed: str) -> str:
    """Return the first digits, of any country, that `65`, `+65` and `+65*` name alike.

    Raises BadPattern.
    """
    written = unicodedata.normalize("NFKC", typed).strip().upper()
    digits = _characters(written).removeprefix("+").removesuffix(ANY_DIGITS)
    if not digits.isdecimal():
        raise BadPattern(
            f"“{written}” does not say what numbers begin with. Write it like 65, +65 or +65*."
        )
    return digits


def read_beginning(typed: str, *, country: str) -> str:
    """Return the first digits, behind the calling code, of numbers of any type of the country.

    Raises BadPattern.
    """
    written = unicodedata.normalize("NFKC", typed).strip()
    digits = written.translate(SEPARATORS)
    if not re.fullmatch(r"\+?[0-9]+", digits):
        raise BadPattern("Type the name of a city, or the first digits of numbers.")
    plans = [dialling_of(country, number_type) for number_type in NumberType.values]
    if digits.startswith("+"):
        return _after_plus(digits, plans[0])
    return _read_without_plus(digits, plans, ends_free=True)


def _characters(written: str) -> str:
    """Leave out what only makes a number readable, and turn letters into digits."""
    kept = written.translate(SEPARATORS).translate(KEYPAD)
    if strange := re.search(r"[^0-9X*+]", kept):
        raise BadPattern(
            f"“{strange[0]}” cannot be part of a pattern. Use digits, letters, X for any digit, "
            "and * at the beginning or the end for any digits."
        )
    if not kept.strip("+"):
        raise BadPattern("Type the digits or letters that the number should have, like *FOOD*.")
    if "+" in kept[1:]:
        raise BadPattern(
            "A plus can only be the first character, before the country code, as in +65*."
        )
    if ANY_DIGITS in kept.strip(ANY_DIGITS):
        raise BadPattern(
            "* stands for any digits at the beginning or the end. Inside a pattern write X for "
            "each digit that may be any, as in 888-XXX-1000."
        )
    return kept


def _national(body: str, plan: Dialling, *, written: str, ends_free: bool) -> str:
    """Return the pattern without calling code; nothing is left of the code alone."""
    if body.startswith("+"):
        national = _after_plus(body, plan)
    else:
        national = _read_without_plus(body, [plan], ends_free=ends_free)
    if not (ends_free and not national):
        _check_length(national, plan, written=written, ends_free=ends_free)
    if plan.is_north_american and not _may_begin(national, plan):
        raise BadPattern(
            f"“{written}” can be no number of {country_in_text(plan.country)}: neither its area "
            "code nor the exchange behind it begins with 0 or 1. Was the letter O meant?"
        )
    return national


def _after_plus(body: str, plan: Dialling) -> str:
    typed = body.removeprefix("+")
    if not typed.startswith(plan.calling_code):
        raise BadPattern(
            f"Behind the plus comes +{plan.calling_code}, the calling code of "
            f"{country_in_text(plan.country)}. Choose another country, or leave out the plus."
        )
    return typed.removeprefix(plan.calling_code)


def _read_without_plus(body: str, plans: Sequence[Dialling], *, ends_free: bool) -> str:
    """Return the first reading that fits numbers of one of the types, all of one country."""
    code, trunk = plans[0].calling_code, plans[0].trunk
    if ends_free and body in {code, f"00{code}"}:
        return ""
    readings = [body]
    for prefix in (code, f"00{code}", trunk):
        if prefix and body.startswith(prefix):
            readings.append(body.removeprefix(prefix))
    for reading in readings:
        if any(_fits(reading, plan, ends_free=ends_free) for plan in plans):
            return reading
    return body


def _fits(national: str, plan: Dialling, *, ends_free: bool) -> bool:
    places = len(national)
    has_room = 0 < places <= max(plan.lengths) if ends_free else places in plan.lengths
    return has_room and _may_begin(national, plan)


def _may_begin(national: str, plan: Dialling) -> bool:
    if plan.is_north_american:
        return not {national[0:1], national[3:4]} & {"0", "1"}
    has_trunk = plan.trunk and national.startswith(plan.trunk)
    return not has_trunk or plan.is_begun_by(national)


def _check_length(national: str, plan: Dialling, *, written: str, ends_free: bool) -> None:
    if ends_free:
        _check_room(national, plan)
        return
    places = len(national)
    if places in plan.lengths:
        return
    has = f"“{written}” has {_count(places, 'place')}, {plan.named} have {_listed(plan.lengths)}"
    longer = [length for length in plan.lengths if length > places]
    if not longer:
        raise BadPattern(f"{has}: leave out {_count(places - max(plan.lengths), 'place')}.")
    missing = ANY_DIGIT * (min(longer) - places)
    if plan.is_north_american and plan.number_type == NumberType.TOLL_FREE and places == 7:
        raise BadPattern(f"{has}: put 8XX, for any toll-free code, before it.")
    raise BadPattern(f"{has}: add {missing}, or * at the end.")


def _check_room(known: str, plan: Dialling) -> None:
    if len(known) > max(plan.lengths):
        raise BadPattern(
            f"{plan.named[0].upper()}{plan.named[1:]} have at most {max(plan.lengths)} digits, and "
            f"the pattern names {len(known)}: leave out {len(known) - max(plan.lengths)}."
        )


def _masks(known: str, plan: Dialling, *, starts_free: bool, ends_free: bool) -> tuple[str, ...]:
    begin = plan.calling_code + (ANY_DIGITS if starts_free else "")
    end = ANY_DIGITS if ends_free else ""
    if _means_toll_free(known, plan) and not starts_free:
        rest = known.removeprefix(ANY_TOLL_FREE)
        return tuple(f"{begin}{code}{rest}{end}" for code in TOLL_FREE_CODES)
    return (f"{begin}{known}{end}",)


def _means_toll_free(known: str, plan: Dialling) -> bool:
    is_toll_free = plan.is_north_american and plan.number_type == NumberType.TOLL_FREE
    return is_toll_free and known.startswith(ANY_TOLL_FREE)


def _reading(
    known: str, plan: Dialling, *, starts_free: bool, ends_free: bool, with_code: bool
) -> str:
    digits = known.replace(ANY_DIGIT, "x")
    if starts_free:
        return f"…{digits}…" if ends_free else f"ends in {digits}"
    if plan.is_north_american:
        groups = f"{digits[:3]} {digits[3:6]}-{digits[6:]}".strip(" -")
        national = f"+1 {groups}".strip() if with_code else groups
    else:
        national = f"+{plan.calling_code} {digits}".strip()
    return f"begins with {national}" if ends_free else national


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _listed(lengths: tuple[int, ...]) -> str:
    """Write (8,) as 8, (9, 10) as 9 or 10, and (5, 6, 7) as 5 to 7."""
    if len(lengths) > 2 and lengths[-1] - lengths[0] == len(lengths) - 1:
        return f"{lengths[0]} to {lengths[-1]}"
    *others, last = map(str, lengths)
    return f"{', '.join(others)} or {last}" if others else last
