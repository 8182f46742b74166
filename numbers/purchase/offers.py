"""Offers: numbers for sale as one tenant sees them, with its prices and what fitted the search."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from stock import memorability, prices, requirements
from stock.blocks import Block
from stock.criteria import CAPABILITIES, OfferCriteria
from stock.digits import phone
from stock.masks import fits, fixed_parts
from stock.memorability import Verdict
from stock.models import Price, Requirement, StockNumber
from stock.searching import look_up
from tenants.models import Tenant

Masks = tuple[tuple[str, ...], ...]
# From which score on a number is shown as memorable, and as very much so.
MEMORABLE, STRIKING = 20, 50


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a number as it is written, and whether the search had named it."""

    text: str
    is_named: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A number for sale at the tenant's own price."""

    number: StockNumber
    price: Price
    pieces: list[Piece]
    verdict: Verdict

    @property
    def named(self) -> str:
        """What the search had named, for those who do not see it marked."""
        return " and ".join(piece.text for piece in self.pieces if piece.is_named)

    @property
    def tone(self) -> str:
        score = self.verdict.score
        return "ok" if score >= STRIKING else "info" if score >= MEMORABLE else "idle"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What every number of a block can do."""

    has_voice: bool
    has_sms: bool
    has_fax: bool
    has_emergency: bool
    has_a2p: bool
    has_cnam: bool


@dataclass(frozen=True, slots=True)
class BlockOffer:
    """Neighbours that are all for sale; place and price are those of the first."""

    block: Block
    number: StockNumber
    price: Price
    can: Capabilities

    @property
    def setup_price(self) -> int:
        return self.price.setup_price * self.block.size

    @property
    def monthly_price(self) -> int:
        return self.price.monthly_price * self.block.size


def offer(
    numbers: Sequence[StockNumber], *, tenant: Tenant, masks: Masks = (), at: datetime
) -> list[Offer]:
    """Return what of the numbers the tenant can buy, in the same order."""
    terms = prices.for_sale(tenant, numbers, at=at)
    sold = [number for number in numbers if number.pk in terms]
    verdicts = memorability.judge([number.digits for number in sold])
    return [
        Offer(number, terms[number.pk], mark(number.digits, masks), verdicts[number.digits])
        for number in sold
    ]


def offer_blocks(blocks: Iterable[Block], *, tenant: Tenant, at: datetime) -> list[BlockOffer]:
    """Return the blocks of which the tenant can buy every number."""
    wanted = list(blocks)
    known = look_up([digits for block in wanted for digits in block.digits])
    terms = prices.for_sale(tenant, known.values(), at=at)
    offered = []
    for block in wanted:
        numbers = [known[digits] for digits in block.digits if digits in known]
        if len(numbers) == block.size and all(number.pk in terms for number in numbers):
            price = terms[numbers[0].pk]
            offered.append(BlockOffer(block, numbers[0], price, _common(numbers)))
    return offered


def _common(numbers: Sequence[StockNumber]) -> Capabilities:
    shared = {name: all(getattr(one, name) for one in numbers) for name in CAPABILITIES}
    return Capabilities(**shared)


def requirement_of(criteria: OfferCriteria) -> Requirement | None:
    """Return what numbers of the country and type ask of their holder."""
    kind = (criteria.country, criteria.number_type)
    return requirements.in_force([kind]).get(kind)


def mark(digits: str, masks: Masks) -> list[Piece]:
    """Cut a number, as people read it, into what the masks name and what they leave open.

    The calling code is named only where nothing else is.
    """
    written = phone(digits)
    named = _named(digits, masks)
    pieces: list[Piece] = []
    at = -1
    for sign in written:
        if sign.isdigit():
            at += 1
            is_named = at in named
        else:
            # A sign between two named digits is named with them.
            is_named = at in named and at + 1 in named
        if pieces and pieces[-1].is_named == is_named:
            pieces[-1] = Piece(pieces[-1].text + sign, is_named)
        else:
            pieces.append(Piece(sign, is_named))
    return pieces


def _named(digits: str, masks: Masks) -> set[int]:
    """Return the places of the digits that the masks name."""
    named: set[int] = set()
    for group in masks:
        mask = next(mask for mask in group if fits(mask, digits))
        named |= {at for first, end in fixed_parts(mask, digits) for at in range(first, end)}
    code = len(phone(digits).partition(" ")[0]) - 1
    return {at for at in named if at >= code} or named
