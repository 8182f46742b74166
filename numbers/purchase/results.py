"""The answer to a search: a page of offers, or why there is none and what is suggesting."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from listing.paging import PAGE_SIZE, Page, page_of
from purchase import agreeing, offers, suggesting
from purchase.agreeing import Asked
from purchase.offers import BlockOffer, Offer
from purchase.suggesting import Suggestion, limit_to_sold
from purchase.wanted import Registration, Wanted, why_nothing
from stock import blocks, counts, searching
from stock.blocks import Block
from stock.counts import Choice
from stock.criteria import Edge
from stock.models import NumberType, Requirement, StockNumber
from stock.regions import country_in_text
from stock.searching import TooBroad
from tenants.http import TenantRequest

# Of the exchanges of an area code: as many as stay readable.
MAX_CHOICES = 16
LONGEST_NUMBER = 15


@dataclass(frozen=True, slots=True)
class Link:
    """Another search: what it is called, how many numbers it leads to, and its address."""

    label: str
    found: int
    url: str
    is_more: bool = False


@dataclass(frozen=True, slots=True)
class Results:
    """What the page shows. Of offers and blocks there is one kind; why says that there are none."""

    wanted: Wanted
    offers: Sequence[Offer] = ()
    blocks: Sequence[BlockOffer] = ()
    requirement: Requirement | None = None
    previous: str = ""
    next: str = ""
    narrowing_by: str = ""
    narrowings: list[Link] = field(default_factory=list)
    why_nothing: str = ""
    too_broad: str = ""
    suggestions: list[Link] = field(default_factory=list)

    @property
    def asked(self) -> list[Asked]:
        """What is asked of whoever holds one of the numbers, in words."""
        return agreeing.asked_by([self.requirement] if self.requirement else [])

    @property
    def count(self) -> int:
        return len(self.offers) or len(self.blocks)


def answer(
    wanted: Wanted,
    request: TenantRequest,
    *,
    size: int = PAGE_SIZE,
    fields: Collection[str] = suggesting.FIELDS,
) -> Results:
    """Return the page that the request asks for. `fields` are those a suggestion may change."""
    criteria = wanted.criteria
    requirement = offers.requirement_of(criteria)
    sold = limit_to_sold(wanted, tenant=request.tenant, at=request.at)
    if why := _why_not_sold(sold, requirement, request):
        near = suggesting.suggest_other_terms(sold, tenant=request.tenant, at=request.at)
        return Results(wanted, why_nothing=why, suggestions=_links(near, request))
    try:
        found = _read_page(sold, request, size=size)
    except TooBroad as trouble:
        return Results(wanted, too_broad=str(trouble))
    if found.count or found.previous or found.next:
        is_toll_free = criteria.number_type == NumberType.TOLL_FREE
        by = "NXX" if criteria.npa else "code" if is_toll_free else "area code"
        narrowings = _narrowings(sold, request)
        return replace(found, requirement=requirement, narrowing_by=by, narrowings=narrowings)
    near = suggesting.suggest(sold, fields=fields, tenant=request.tenant, at=request.at)
    why = why_nothing(wanted)
    return Results(wanted, why_nothing=why, suggestions=_links(near, request))


def _why_not_sold(wanted: Wanted, requirement: Requirement | None, request: TenantRequest) -> str:
    """Say why nothing of the country and type can be what is looked for; "" if it can."""
    criteria = wanted.criteria
    kind = NumberType(criteria.number_type).label
    whose = f"{kind} numbers of {country_in_text(criteria.country)}"
    needs_registration = bool(requirement and requirement.needs_registration)
    if wanted.registration is Registration.NONE and needs_registration:
        return f"{whose} need registration."
    if wanted.registration is Registration.NEEDED and not needs_registration:
        return f"{whose} need no registration."
    if not criteria.sold.is_nothing:
        return ""
    longer = limit_to_sold(replace(wanted, months=None), tenant=request.tenant, at=request.at)
    if longer.criteria.sold.is_nothing:
        return f"{whose} are not for sale at present."
    return f"{whose} cannot be paid for so short a period. Choose a longer one."


def _read_page(wanted: Wanted, request: TenantRequest, *, size: int) -> Results:
    """Raises TooBroad."""
    if wanted.means_toll_free:
        return Results(wanted)
    return _blocks(wanted, request) if wanted.is_block else _numbers(wanted, request, size=size)


def _numbers(wanted: Wanted, request: TenantRequest, *, size: int) -> Results:
    def read(edge: Edge | None, is_backwards: bool, limit: int) -> list[StockNumber]:
        return searching.find(
            wanted.criteria,
            order=wanted.order,
            edge=edge,
            is_backwards=is_backwards,
            limit=limit,
        )

    page: Page[StockNumber] = page_of(read, request, to_edge=_to_edge, to_key=_to_key, size=size)
    offered = offers.offer(
        page.rows, tenant=request.tenant, masks=wanted.criteria.masks, at=request.at
    )
    return Results(wanted, offers=offered, previous=page.previous, next=page.next)


def _blocks(wanted: Wanted, request: TenantRequest) -> Results:
    def read(edge: Block | None, is_backwards: bool, limit: int) -> list[Block]:
        return blocks.find_blocks(
            wanted.criteria, size=wanted.length, edge=edge, is_backwards=is_backwards, limit=limit
        )

    page: Page[Block] = page_of(
        read,
        request,
        to_edge=lambda typed: _to_edge_block(typed, wanted.length),
        to_key=lambda block: f"{block.exchange}-{block.first}",
        size=blocks.PAGE_SIZE,
    )
    offered = offers.offer_blocks(page.rows, tenant=request.tenant, at=request.at)
    return Results(wanted, blocks=offered, previous=page.previous, next=page.next)


def _to_key(number: StockNumber) -> str:
    return f"{number.memorability}-{number.digits}"


def _to_edge(typed: str) -> Edge | None:
    memorability, _, digits = typed.partition("-")
    is_ours = _is_number(memorability) and _is_number(digits)
    return Edge(digits, int(memorability)) if is_ours else None


def _to_edge_block(typed: str, size: int) -> Block | None:
    exchange, _, first = typed.partition("-")
    return Block(first, size, exchange) if _is_number(exchange) and _is_number(first) else None


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdecimal() and len(typed) <= LONGEST_NUMBER


def _narrowings(wanted: Wanted, request: TenantRequest) -> list[Link]:
    """List the area codes of a place, or the exchanges of an area code, fullest first."""
    criteria = wanted.criteria
    asks_more = criteria.masks or wanted.is_block or set(criteria.capabilities) - {"has_sms"}
    if (
        asks_more
        or criteria.nxx
        or criteria.city
        or criteria.rate_center
        or not criteria.sold.is_all
    ):
        # There are no figures for that.
        return []
    place = (criteria.country, criteria.region)
    kind: dict[str, Any] = {"number_type": criteria.number_type, "has_sms": criteria.has_sms}
    if criteria.npa:
        column, choices = "nxx", counts.exchanges(*place, npa=criteria.npa, **kind)
    else:
        column, choices = "npa", counts.area_codes(*place, **kind)
    fullest = sorted(choices, key=lambda choice: -choice.available)[:MAX_CHOICES]
    return [_narrow(column, choice, request) for choice in fullest if choice.value]


def _narrow(column: str, choice: Choice, request: TenantRequest) -> Link:
    return Link(choice.label, choice.available, _address(request, {column: choice.value}))


def _links(suggestions: list[Suggestion], request: TenantRequest) -> list[Link]:
    return [
        Link(one.label, one.found, _address(request, one.changes), one.is_more)
        for one in suggestions
    ]


def _address(request: TenantRequest, changes: Mapping[str, str]) -> str:
    """Return the address of the same search with some fields changed; "" leaves one out."""
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    for name, value in changes.items():
        query[name] = value
    chosen = {name: value for name, value in query.items() if value}
    return f"?{urlencode(chosen)}"
