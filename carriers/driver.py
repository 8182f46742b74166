"""What every carrier driver does, in the words the rest of the code uses.

The errors say what we know about the carrier's side, because only that decides what may be done
next: a read may be repeated after any of them, a write only after NotSent and Throttled.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NewType, Protocol
from uuid import UUID

# A phone number with its plus sign: "+12025550123". The database keeps the digits alone.
E164 = NewType("E164", str)


class CarrierError(Exception):
    """The call did not bring what was asked for; the subclass says what we know."""


class NotSent(CarrierError):
    """Certainly nothing has happened there: no connection was made."""


class Throttled(CarrierError):
    """The carrier says that it did nothing, and when to ask again."""

    def __init__(self, message: str, *, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Ambiguous(CarrierError):
    """It may have happened: silence, a fault, an answer that broke off. Look it up."""


class ContractViolation(CarrierError):
    """The answer fits no contract of ours. What was written may have happened."""


class AuthFailed(CarrierError):
    """The carrier does not let us in; nothing has happened, and nothing will until staff act."""


class Unsupported(CarrierError):
    """This carrier has no such thing."""


class Refusal(StrEnum):
    """Why a carrier says no."""

    NOT_AVAILABLE = "not_available"
    INVALID = "invalid"
    NEEDS_ADDRESS = "needs_address"
    NEEDS_DOCUMENTS = "needs_documents"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    LIMIT = "limit"
    NOT_FOUND = "not_found"
    OTHER = "other"


class Rejected(CarrierError):
    """The carrier understood and said no, as far as it knows: look once whether it is right."""

    def __init__(self, message: str, *, refusal: Refusal) -> None:
        super().__init__(message)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a carrier's interface offers; known without asking it."""

    has_feed: bool
    has_holds: bool
    is_purchase_synchronous: bool
    has_sms: bool


@dataclass(frozen=True, slots=True)
class AccountHealth:
    balance: Decimal
    currency: str
    is_healthy: bool


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Which numbers are looked for; empty means any."""

    country: str
    number_type: str = ""
    region: str = ""
    locality: str = ""
    npa: str = ""
    nxx: str = ""
    rate_center: str = ""
    starts_with: str = ""
    contains: str = ""
    ends_with: str = ""
    number: E164 | None = None
    features: frozenset[str] = frozenset()
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Offer:
    """A number that may be bought now. Prices are the carrier's, in whole units of `currency`."""

    number: E164
    country: str
    number_type: str
    region: str
    npa: str
    nxx: str
    locality: str
    rate_center: str
    features: frozenset[str]
    setup: Decimal
    monthly: Decimal
    currency: str
    requirements: tuple[str, ...] = ()
    is_hold_supported: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OfferPage:
    """A part of the complete feed, and how many of its entries nobody could read."""

    offers: Sequence[Offer]
    unreadable: int = 0


class LineStatus(StrEnum):
    """What has become of one number of an order, in our words."""

    PENDING = "pending"
    NEEDS_DOCUMENTS = "needs_documents"
    DELIVERED = "delivered"
    FAILED = "failed"
    # A word we do not know; never taken for a failure.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CarrierOrderLine:
    number: E164
    status: LineStatus
    raw_status: str
    number_id: str = ""
    refusal: Refusal | None = None
    # The carrier's own words, for staff.
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CarrierOrder:
    """An order as the carrier sees it; each number goes its own way."""

    order_id: str
    reference: str
    raw_status: str
    lines: Sequence[CarrierOrderLine] = field(default_factory=tuple)

    def line_of(self, number: E164) -> CarrierOrderLine | None:
        return next((line for line in self.lines if line.number == number), None)


@dataclass(frozen=True, slots=True)
class OwnedNumber:
    """A number that the carrier bills us for; `reference` is the one it was ordered with."""

    number: E164
    number_id: str
    raw_status: str
    reference: str


@dataclass(frozen=True, slots=True)
class OwnedPage:
    numbers: Sequence[OwnedNumber]
    # Where to go on, or None at the end.
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Release:
    number: E164
    effective_at: datetime | None


class CarrierDriver(Protocol):
    """Every method raises subclasses of CarrierError and nothing else of its own."""

    name: str

    def capabilities(self) -> Capabilities: ...

    def check_account(self) -> AccountHealth: ...

    def search(self, query: SearchQuery) -> list[Offer]: ...

    def list_offers(self) -> Iterator[OfferPage]:
        """Give everything that may be bought now. Raises when the feed breaks off."""

    def list_owned(self, cursor: str = "") -> OwnedPage: ...

    def get_owned(self, number: E164) -> OwnedNumber | None: ...

    def purchase(self, numbers: Sequence[E164], *, reference: UUID) -> CarrierOrder:
        """Order exactly these numbers; `reference` travels along, so that they can be found."""

    def find_order(self, reference: UUID) -> list[CarrierOrder]:
        """Return the orders that carry `reference`: none, one, or what went wrong."""

    def get_order(self, order_id: str) -> CarrierOrder | None: ...

    def release(self, number: E164, *, reference: UUID) -> Release: ...
