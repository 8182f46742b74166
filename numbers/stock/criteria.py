"""What is looked for in the stock, and in which order."""

from dataclasses import dataclass
from enum import StrEnum

from stock.digits import NORTH_AMERICA, calling_code
from stock.masks import is_one_number
from stock.models import NumberType, Tier

CAPABILITIES = ("has_voice", "has_sms", "has_fax", "has_emergency", "has_a2p", "has_cnam")


class SortOrder(StrEnum):
    NUMBER = "number"
    # Those people keep in mind most easily first.
    MEMORABLE = "memorable"


@dataclass(frozen=True, slots=True)
class Sold:
    """As what numbers of a country and type are sold, from whom and at which costs."""

    # None for all.
    skus: tuple[int, ...] | None = None
    # The carriers' connections that we buy from; what is ours is sold from each. None for all.
    buying: tuple[int, ...] | None = None
    # Numbers at these costs are kept from sale, as far as they were counted.
    withheld: tuple[Tier, ...] = ()

    @property
    def is_all(self) -> bool:
        return self.skus is None and self.buying is None and not self.withheld

    @property
    def is_nothing(self) -> bool:
        return self.skus == ()


@dataclass(frozen=True, slots=True)
class OfferCriteria:
    """What is looked for; empty means any."""

    country: str
    region: str = ""
    npa: str = ""
    nxx: str = ""
    rate_center: str = ""
    city: str = ""
    number_type: str = NumberType.GEOGRAPHIC
    has_voice: bool = False
    has_sms: bool = False
    has_fax: bool = False
    has_emergency: bool = False
    has_a2p: bool = False
    has_cnam: bool = False
    # A number has to fit one mask of each group: of the pattern, of the look.
    masks: tuple[tuple[str, ...], ...] = ()
    sold: Sold = Sold()

    @property
    def calling_code(self) -> str:
        return calling_code(self.country)

    @property
    def prefix(self) -> str:
        """What the area code, with the exchange, says about the first digits."""
        return f"{self.calling_code}{self.npa}{self.nxx}" if self.npa else ""

    @property
    def capabilities(self) -> list[str]:
        return [name for name in CAPABILITIES if getattr(self, name)]

    @property
    def exact(self) -> list[str]:
        """The numbers themselves, where a pattern leaves no digit open."""
        whole = [group for group in self.masks if all(map(is_one_number, group))]
        return list(whole[0]) if whole else []

    @property
    def place(self) -> dict[str, str]:
        """The columns that say where; in +1 the digits have said area code and exchange."""
        is_said = self.npa and self.calling_code == NORTH_AMERICA
        columns = {
            "region": self.region,
            "rate_center": self.rate_center,
            "city": self.city,
            "npa": "" if is_said else self.npa,
            "nxx": "" if is_said else self.nxx,
        }
        return {name: value for name, value in columns.items() if value}


@dataclass(frozen=True, slots=True)
class Edge:
    """The number behind which a page begins."""

    digits: str
    memorability: int = 0
