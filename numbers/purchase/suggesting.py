"""What is nearest to a search that found nothing: searches that find something.

Every suggestion has been counted, as far as the first hundred. What finds nothing either, or takes
too long to tell, is not suggested.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from purchase.wanted import CAN, Wanted
from stock import blocks, counts, looks, searching
from stock.criteria import OfferCriteria
from stock.digits import NORTH_AMERICA
from stock.masks import ANY_DIGIT, ANY_DIGITS
from stock.models import NumberType
from stock.patterns import ANY_TOLL_FREE, TOLL_FREE_CODES, BadPattern, read_pattern
from stock.regions import country_in_text
from stock.searching import TooBroad
from stock.selling import sold_to
from tenants.models import Tenant

# So many searches are tried, each for so long, and so many of their numbers are counted.
MOST_TRIES = 14
MILLISECONDS_PER_TRY = 60
MOST_COUNTED = 100
MOST_SHOWN = 8
NEIGHBOURS = 3
AREA_DIGITS = 3
# Endings that are still worth asking for.
ENDINGS = (7, 4, 3)
# What a search form may hold beside country and type.
FIELDS = (
    *("type", "region", "npa", "nxx", "city", "rate_center", "pattern", "look", "length"),
    *("voice", "sms", "fax", "emergency", "a2p", "cnam", "registration", "months"),
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A search that finds something: what is different about it, and how many it finds."""

    label: str
    found: int
    # What to change in the address; an empty value leaves a field out.
    changes: Mapping[str, str]
    # Whether there are more than were counted.
    is_more: bool


@dataclass(frozen=True, slots=True)
class _Try:
    label: str
    wanted: Wanted
    changes: dict[str, str]


def suggest(
    wanted: Wanted, *, fields: Collection[str] = FIELDS, tenant: Tenant, at: datetime
) -> list[Suggestion]:
    """Return the nearest searches that find something, the most similar ones first.

    They change no other fields than the page has.
    """
    possible = (
        one
        for one in _tries(wanted, tenant=tenant, at=at)
        if one.changes.keys() <= set(fields) and _is_enough(one.wanted)
    )
    found = [_suggestion(one) for one in islice(possible, MOST_TRIES)]
    return [one for one in found if one.found][:MOST_SHOWN]


def suggest_other_terms(wanted: Wanted, *, tenant: Tenant, at: datetime) -> list[Suggestion]:
    """Return the same search for any period and registered or not, if it finds something."""
    on_any_terms = limit_to_sold(replace(wanted, months=None), tenant=tenant, at=at)
    if on_any_terms.criteria.sold.is_nothing:
        return []
    changes = {"registration": "", "months": ""}
    found = _suggestion(_Try("Paid for any period, registered or not", on_any_terms, changes))
    return [found] if found.found else []


def limit_to_sold(wanted: Wanted, *, tenant: Tenant, at: datetime) -> Wanted:
    """Leave out what the tenant cannot buy."""
    criteria = wanted.criteria
    sold = sold_to(
        tenant,
        country=criteria.country,
        number_type=criteria.number_type,
        months=wanted.months,
        at=at,
    )
    return replace(wanted, criteria=replace(criteria, sold=sold))


def _suggestion(attempt: _Try) -> Suggestion:
    """Count what the attempt finds: nothing, if that takes too long."""
    wanted = attempt.wanted
    at_most = blocks.PAGE_SIZE if wanted.is_block else MOST_COUNTED
    try:
        if wanted.is_block:
            found = blocks.find_blocks(
                wanted.criteria,
                size=wanted.length,
                limit=at_most,
                milliseconds=MILLISECONDS_PER_TRY,
            )
            count = len(found)
        else:
            count = searching.how_many(
                wanted.criteria, at_most=at_most, milliseconds=MILLISECONDS_PER_TRY
            )
    except TooBroad:
        count = 0
    return Suggestion(attempt.label, count, attempt.changes, count == at_most)


def _is_enough(wanted: Wanted) -> bool:
    """Tell whether the form takes so little: digits, or a place where one is needed."""
    criteria = wanted.criteria
    if wanted.needs_pattern:
        return wanted.pattern is not None
    is_placed = criteria.region or criteria.number_type != NumberType.GEOGRAPHIC
    if criteria.calling_code != NORTH_AMERICA:
        is_placed = is_placed or criteria.npa or criteria.city
    return bool(is_placed or criteria.masks or wanted.look)


def _tries(wanted: Wanted, *, tenant: Tenant, at: datetime) -> Iterator[_Try]:
    if wanted.pattern:
        yield from _of_other_types(wanted, tenant=tenant, at=at)
        yield from _other_patterns(wanted)
    if wanted.look:
        yield from _shorter_looks(wanted)
    if wanted.criteria.npa or wanted.pattern:
        yield from _neighbours(wanted)
    yield from _places_left_out(wanted)
    yield from _left_out(wanted, tenant=tenant, at=at)
    yield from _elsewhere(wanted, tenant=tenant, at=at)


def _of_other_types(wanted: Wanted, *, tenant: Tenant, at: datetime) -> Iterator[_Try]:
    """Yield the pattern among numbers that belong to no place."""
    assert wanted.pattern
    typed, country = wanted.pattern.typed, wanted.criteria.country
    for kind in _other_types(wanted.criteria):
        try:
            pattern = read_pattern(typed, country=country, number_type=kind)
        except BadPattern:
            continue
        criteria = OfferCriteria(country, number_type=kind, masks=(pattern.masks,))
        there = limit_to_sold(Wanted(criteria, pattern=pattern), tenant=tenant, at=at)
        changes = dict.fromkeys(FIELDS, "") | {"type": kind, "pattern": typed}
        yield _Try(f"{kind.label}, {pattern.reading}", there, changes)


def _other_types(criteria: OfferCriteria) -> list[NumberType]:
    """Return what the country has beside the type that is searched and those of places."""
    known = counts.kinds().get(criteria.country, {})
    own = {criteria.number_type, NumberType.GEOGRAPHIC}
    return [kind for kind in NumberType if kind in known and kind not in own]


def _other_patterns(wanted: Wanted) -> Iterator[_Try]:
    """Yield the same digits behind any toll-free code, at the end, or anywhere."""
    assert wanted.pattern
    national = _national(wanted.pattern.masks[0], wanted.criteria)
    is_toll_free = wanted.criteria.number_type == NumberType.TOLL_FREE
    has_one_code = len(wanted.pattern.masks) == 1
    if is_toll_free and has_one_code and national[:AREA_DIGITS] in TOLL_FREE_CODES:
        yield _with_pattern(wanted, ANY_TOLL_FREE + national[AREA_DIGITS:])
    named = national.strip(ANY_DIGITS)
    ending = named.rpartition(ANY_DIGIT)[2]
    if not national.endswith(ANY_DIGITS):
        for length in ENDINGS:
            if length < len(named) and length <= len(ending):
                yield _with_pattern(wanted, ANY_DIGITS + ending[-length:])
    # What stands behind the area code, anywhere.
    word = named if national.startswith(ANY_DIGITS) else named[AREA_DIGITS:]
    anywhere = f"{ANY_DIGITS}{word}{ANY_DIGITS}"
    if len(word) >= min(ENDINGS) and ANY_DIGIT not in word and anywhere != national:
        yield _with_pattern(wanted, anywhere)


def _with_pattern(wanted: Wanted, typed: str) -> _Try:
    criteria = wanted.criteria
    pattern = read_pattern(typed, country=criteria.country, number_type=criteria.number_type)
    assert wanted.pattern
    groups = tuple(
        pattern.masks if group == wanted.pattern.masks else group for group in criteria.masks
    )
    changed = replace(wanted, pattern=pattern, criteria=replace(criteria, masks=groups))
    return _Try(f"{pattern.typed} ({pattern.reading})", changed, {"pattern": typed})


def _shorter_looks(wanted: Wanted) -> Iterator[_Try]:
    """Yield fewer digits in a row, or smaller blocks."""
    assert wanted.look
    if wanted.is_block:
        for length in (wanted.length // 2, wanted.length // 5):
            if length >= blocks.SMALLEST:
                yield _Try(
                    f"Blocks of {length}", replace(wanted, length=length), {"length": str(length)}
                )
        return
    for length in range(wanted.length - 1, looks.SHORTEST - 1, -1):
        masks = looks.masks_of(
            wanted.look, length=length, calling_code=wanted.criteria.calling_code
        )
        shorter = replace(wanted, length=length, criteria=_without_look(wanted, masks))
        yield _Try(f"{length} digits in a row", shorter, {"length": str(length)})


def _neighbours(wanted: Wanted) -> Iterator[_Try]:
    """Yield the fullest other area codes of the state, also inside a pattern that names one."""
    criteria = wanted.criteria
    national = _national(wanted.pattern.masks[0], criteria) if wanted.pattern else ""
    here = criteria.npa or national[:AREA_DIGITS]
    is_north_american = criteria.calling_code == NORTH_AMERICA
    if criteria.number_type != NumberType.GEOGRAPHIC or not here.isdigit():
        return
    others = counts.area_codes(criteria.country, criteria.region, has_sms=criteria.has_sms)
    fullest = sorted(others, key=lambda choice: -choice.available)
    for choice in [choice for choice in fullest if choice.value != here][:NEIGHBOURS]:
        beside = _Try(f"Area code {choice.label}", wanted, {})
        if wanted.pattern and national[:AREA_DIGITS].isdigit() and is_north_american:
            beside = _with_pattern(wanted, choice.value + national[AREA_DIGITS:])
        if criteria.npa:
            changes = {"npa": choice.value, "nxx": "", "city": "", "rate_center": ""}
            there = replace(beside.wanted, criteria=_change(beside.wanted.criteria, changes))
            beside = _Try(beside.label, there, {**beside.changes, **changes})
        if beside.changes:
            yield beside


def _places_left_out(wanted: Wanted) -> Iterator[_Try]:
    """Yield the search without one of its places."""
    criteria = wanted.criteria
    for column, label in {
        "city": f"Not only in {criteria.city}",
        "rate_center": f"Not only in rate center {criteria.rate_center}",
        "nxx": f"Any exchange, not only {criteria.nxx}",
        "npa": f"Any area code, not only {criteria.npa}",
    }.items():
        if getattr(criteria, column):
            # An exchange means something with its area code alone.
            changes = {column: ""} | ({"nxx": ""} if column == "npa" else {})
            yield _Try(label, replace(wanted, criteria=_change(criteria, changes)), changes)
    if criteria.region and criteria.masks:
        anywhere = replace(wanted, criteria=replace(criteria, region="", city="", rate_center=""))
        label = f"Anywhere in {country_in_text(criteria.country)}"
        yield _Try(label, anywhere, {"region": "", "city": "", "rate_center": ""})


def _left_out(wanted: Wanted, *, tenant: Tenant, at: datetime) -> Iterator[_Try]:
    """Yield the search without one thing that was asked of the numbers."""
    criteria = wanted.criteria
    for column in criteria.capabilities:
        name, label = CAN[column]
        without = replace(wanted, criteria=_change(criteria, {column: False}))
        yield _Try(f"Also without {label}", without, {name: ""})
    if wanted.months:
        any_period = limit_to_sold(replace(wanted, months=None), tenant=tenant, at=at)
        yield _Try("Paid for any period", any_period, {"months": ""})
    if wanted.pattern:
        masks = tuple(group for group in criteria.masks if group != wanted.pattern.masks)
        any_digits = replace(wanted, pattern=None, criteria=replace(criteria, masks=masks))
        yield _Try("Without the pattern", any_digits, {"pattern": ""})
    if wanted.look:
        plain = replace(wanted, look=None, criteria=_without_look(wanted))
        yield _Try("Any digits", plain, {"look": "", "length": ""})


def _elsewhere(wanted: Wanted, *, tenant: Tenant, at: datetime) -> Iterator[_Try]:
    """Yield the fullest other states, and the country's numbers that belong to no place."""
    criteria = wanted.criteria
    nowhere = {"city": "", "rate_center": "", "npa": "", "nxx": ""}
    if criteria.region:
        states = counts.states(criteria.country, has_sms=criteria.has_sms)
        others = [state for state in states if state.value not in {criteria.region, ""}]
        for state in sorted(others, key=lambda state: -state.available)[:NEIGHBOURS]:
            changes = {"region": state.value, **nowhere}
            there = _change(criteria, changes)
            yield _Try(state.label, replace(wanted, criteria=there), changes)
    for kind in _other_types(criteria):
        of_kind = Wanted(OfferCriteria(criteria.country, number_type=kind))
        all_of_it = limit_to_sold(of_kind, tenant=tenant, at=at)
        changes = dict.fromkeys(FIELDS, "") | {"type": kind}
        label = f"{kind.label} numbers of {country_in_text(criteria.country)}"
        yield _Try(label, all_of_it, changes)


def _change(criteria: OfferCriteria, changes: Mapping[str, Any]) -> OfferCriteria:
    return replace(criteria, **changes)


def _national(mask: str, criteria: OfferCriteria) -> str:
    return mask.removeprefix(criteria.calling_code)


def _without_look(wanted: Wanted, instead: tuple[str, ...] | None = None) -> OfferCriteria:
    """Return the criteria without the masks of the look, or with others in their place."""
    kept = (wanted.pattern.masks,) if wanted.pattern else ()
    return replace(wanted.criteria, masks=kept + ((instead,) if instead else ()))
