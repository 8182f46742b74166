"""What somebody searches for: what the stock can answer, what the price list must, in words."""

from dataclasses import dataclass
from enum import StrEnum

from stock.criteria import OfferCriteria, SortOrder
from stock.digits import NORTH_AMERICA
from stock.looks import Look
from stock.models import NumberType
from stock.patterns import ANY_TOLL_FREE, Pattern
from stock.regions import country_in_text, region_name

# The name in the address and the word for each capability.
CAN = {
    "has_voice": ("voice", "calls"),
    "has_sms": ("sms", "texts"),
    "has_fax": ("fax", "faxes"),
    "has_emergency": ("emergency", "emergency calls"),
    "has_a2p": ("a2p", "campaigns"),
    "has_cnam": ("cnam", "a caller name"),
}


class Registration(StrEnum):
    """Whether whoever holds the number has to be registered for it."""

    NONE = "none"
    NEEDED = "needed"


@dataclass(frozen=True, slots=True)
class Wanted:
    criteria: OfferCriteria
    order: SortOrder = SortOrder.NUMBER
    pattern: Pattern | None = None
    look: Look | None = None
    # Of the look: digits in a row, or numbers of a block.
    length: int = 0
    # For how many months at once it shall be possible to pay; None for any.
    months: int | None = None
    # None where it does not matter.
    registration: Registration | None = None
    # Whether the page asks for a pattern and nothing else.
    needs_pattern: bool = False

    @property
    def means_toll_free(self) -> bool:
        """Whether the pattern begins with 8XX, which no area code of a place does."""
        return bool(
            self.pattern
            and self.criteria.calling_code == NORTH_AMERICA
            and self.criteria.number_type == NumberType.GEOGRAPHIC
            and self.pattern.masks[0].startswith(NORTH_AMERICA + ANY_TOLL_FREE)
        )

    @property
    def is_block(self) -> bool:
        return self.look is Look.BLOCK


def why_nothing(wanted: Wanted) -> str:
    """Say in one sentence what was looked for and is not there."""
    criteria = wanted.criteria
    if wanted.means_toll_free:
        return "8XX is any code of toll-free numbers, and geographic numbers have none of them."
    where = [f"of {_place(criteria)}"]
    where += [f"in area code {criteria.npa}"] if criteria.npa else []
    where += [f"with exchange {criteria.nxx}"] if criteria.nxx else []
    can = [CAN[name][1] for name in criteria.capabilities]
    where += [f"for {' and '.join(can)}"] if can else []
    kind = NumberType(criteria.number_type).label.lower()
    if wanted.is_block:
        return f"There is no block of {wanted.length} {kind} numbers {' '.join(where)} for sale."
    fits = [f"fits “{wanted.pattern.typed}”"] if wanted.pattern else []
    fits += [_look_in_words(wanted)] if wanted.look else []
    return f"No {kind} number {' '.join(where)} {' and '.join(fits) or 'is for sale'}."


def _place(criteria: OfferCriteria) -> str:
    region = region_name(criteria.country, criteria.region)
    return criteria.city or criteria.rate_center or region or country_in_text(criteria.country)


def _look_in_words(wanted: Wanted) -> str:
    where = " at the end" if wanted.look is Look.SAME_AT_END else ""
    if wanted.look is Look.SEQUENCE:
        return f"has {wanted.length} digits that count up or down"
    return f"has {wanted.length} times the same digit in a row{where}"
