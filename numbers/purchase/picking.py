"""Taking numbers of a place by quantity: whichever are free, and the cart then shows which.

A pick is a group of cart lines, changed and removed as a whole; each of them is also a line like
every other, held and bought by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lifecycle.actors import Actor, done_by
from purchase import cart
from purchase.models import CartLine, CartPick
from purchase.totals import Entry
from stock import claiming, coverage, prices, reserving
from stock.coverage import SERVICES, Place
from stock.models import Price, StockNumber
from tenants.models import Tenant
from tenants.platform_settings import read_setting

# At once, of one place.
MAX_QUANTITY = 10


class PickIsGone(Exception):
    """The pick has been removed or bought meanwhile. The message is for the customer."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many numbers of a place, with how many channels and for how many months at once."""

    place: Place
    quantity: int
    channels: int
    months: int


@dataclass(frozen=True, slots=True)
class Picked:
    """What became of a wish: `digits` are in the cart; a remark says why they are not all."""

    wanted: Wanted
    digits: Sequence[str]
    remark: str = ""


def pick(
    wishes: Iterable[Wanted],
    *,
    service: str,
    token: UUID,
    tenant: Tenant,
    actor: Actor,
    at: datetime,
) -> list[Picked]:
    """Put numbers of each place into the cart: those that are wanted, or as many as are left.

    Only numbers with the service are taken. What the same token has picked is not picked again.
    """
    return [
        _pick(wanted, service=service, token=token, tenant=tenant, actor=actor, at=at)
        for wanted in wishes
    ]


@transaction.atomic
def _pick(
    wanted: Wanted, *, service: str, token: UUID, tenant: Tenant, actor: Actor, at: datetime
) -> Picked:
    cart.lock()
    place = wanted.place
    made = CartPick(token=token, service=service, picked_at=at, **_columns(place), **done_by(actor))
    if CartPick.objects.filter(token=token, **_columns(place)).exists():
        return Picked(wanted, [], f"{place} is in the cart already. Change there how many.")
    if why_not := _no_room_for(wanted.quantity):
        return Picked(wanted, [], f"{place} was left out: {why_not}")
    numbers = _take(made, wanted.quantity, tenant=tenant, at=at)
    if not numbers:
        return Picked(wanted, [], f"No number of {place} is left. Choose another place.")
    made.save()
    _write_lines(made, numbers, months=wanted.months, channels=wanted.channels, actor=actor, at=at)
    digits = [number.digits for number in numbers]
    return Picked(wanted, digits, _only_so_many(len(numbers), wanted.quantity, place))


@transaction.atomic
def change(
    reference: UUID,
    *,
    quantity: int,
    channels: int,
    months: int,
    tenant: Tenant,
    actor: Actor,
    at: datetime,
) -> str:
    """Have so many numbers in a pick, each with so many channels and for so many months at once.

    More are taken of the same place, and the last ones are let go. Returns what could not be done.
    Raises PickIsGone.
    """
    cart.lock()
    lines = _lines_of(reference)
    pick = CartPick.objects.get(reference=reference)
    CartLine.objects.filter(pick=pick).update(channels=channels, months=months)
    more = quantity - len(lines)
    if more <= 0:
        # What is held no longer goes first.
        last_first = sorted(lines, key=lambda line: (line.held_until > at, -line.pk))
        _let_go(last_first[:-more] if more else [], tenant=tenant, at=at)
        return ""
    if why_not := _no_room_for(more):
        return f"No more were added: {why_not}"
    numbers = _take(pick, more, tenant=tenant, at=at)
    _write_lines(pick, numbers, months=months, channels=channels, actor=actor, at=at)
    return _only_so_many(len(numbers), more, pick.place)


@transaction.atomic
def remove(reference: UUID, *, tenant: Tenant, at: datetime) -> int:
    """Let all numbers of a pick go, for others to buy, and return how many. Raises PickIsGone."""
    lines = _lines_of(reference)
    _let_go(lines, tenant=tenant, at=at)
    return len(lines)


def _lines_of(reference: UUID) -> list[CartLine]:
    """Lock the lines of a pick, oldest first. Raises PickIsGone."""
    lines = CartLine.objects.filter(pick__reference=reference).order_by("id")
    if locked := list(lines.select_for_update(of=("self",))):
        return locked
    raise PickIsGone("These numbers are no longer in the cart.")


def _columns(place: Place) -> dict[str, object]:
    return {name: getattr(place, name) for name in Place.__slots__}


def _no_room_for(quantity: int) -> str:
    most = read_setting("purchase.largest_cart")
    if CartLine.objects.count() + quantity <= most:
        return ""
    return f"a cart takes {most} numbers. Pay for those in it first, or remove some."


def _only_so_many(got: int, wanted: int, place: Place) -> str:
    if got == wanted:
        return ""
    if not got:
        return f"No more number of {place} is left."
    left = "was left, and is" if got == 1 else "were left, and are"
    return f"Only {got} of {wanted} numbers of {place} {left} in the cart."


def _take(pick: CartPick, count: int, *, tenant: Tenant, at: datetime) -> list[StockNumber]:
    """Claim numbers of the pick's place, of what is sold to the tenant at present."""
    place = pick.place
    terms = coverage.terms_of(tenant, at=at).get(place.country, {})
    lots = coverage.find_lots(place.country, [place.key], terms, service=pick.service)
    if place.key not in lots:
        return []
    lot, until = lots[place.key], at + cart.hold_time()
    claimed = claiming.claim_any(
        lot, count=count, start=claiming.draw_start(lot), tenant=tenant, until=until, at=at
    )
    # Prices may have changed since the tiers were read.
    sold = prices.for_sale(tenant, claimed, at=at)
    if withheld := [number.digits for number in claimed if number.pk not in sold]:
        reserving.release_from_cart(withheld, tenant=tenant, at=at)
    return [number for number in claimed if number.pk in sold]


def _write_lines(
    pick: CartPick,
    numbers: Iterable[StockNumber],
    *,
    months: int,
    channels: int,
    actor: Actor,
    at: datetime,
) -> None:
    digits = [number.digits for number in numbers]
    cart.put_back(dict.fromkeys(digits), actor=actor, until=at + cart.hold_time(), at=at)
    lines = CartLine.objects.filter(digits__in=digits)
    lines.update(pick=pick, months=months, channels=channels)


def _let_go(lines: Iterable[CartLine], *, tenant: Tenant, at: datetime) -> None:
    digits = [line.digits for line in lines]
    CartLine.objects.filter(digits__in=digits).delete()
    reserving.release_from_cart(digits, tenant=tenant, at=at)


@dataclass(frozen=True, slots=True)
class Group:
    """A pick as the cart shows it, with its numbers."""

    pick: CartPick
    entries: Sequence[Entry]

    @property
    def quantity(self) -> int:
        return len(self.entries)

    @property
    def kind(self) -> str:
        """Name what was picked: numbers, or numbers with SMS."""
        kind = f"number{'s' if self.quantity > 1 else ''}"
        return f"{kind} with {SERVICES[self.pick.service][0]}" if self.pick.service else kind

    @property
    def channels(self) -> int:
        return max(entry.line.channels for entry in self.entries)

    @property
    def price(self) -> Price | None:
        return next((entry.price for entry in self.entries if entry.price), None)

    @property
    def months(self) -> int:
        """For how many months at once they are sold: as was wished, or longer if they must be."""
        wished = self.entries[0].line.months
        return max(wished, self.price.minimum_months) if self.price else wished

    @property
    def periods(self) -> list[tuple[int, int]]:
        """What can be bought at once: months, and what one number with its channels costs then."""
        if not (price := self.price):
            return []
        return [
            (months, price.recurring_price(months=months, channels=self.channels))
            for months in price.periods
        ]


def groups(entries: Iterable[Entry]) -> list[Group]:
    """Gather the numbers of the cart's picks, oldest pick first."""
    by_pick: dict[int, list[Entry]] = {}
    for entry in entries:
        if entry.line.pick_id:
            by_pick.setdefault(entry.line.pick_id, []).append(entry)
    picks = CartPick.objects.filter(pk__in=by_pick).order_by("id") if by_pick else ()
    return [Group(pick, by_pick[pick.pk]) for pick in picks]
