"""Taking numbers of a place by quantity: whichever are free, and the cart then shows which.

A pick is a group of cart lines, changed and removed as a whole; each of them is also a line like
every other, held and bought by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lifecycle.actors import Actor, done_by
from purchase import cart
from purchase.cart import FATES, CartIsFull, Chosen
from purchase.models import CartLine, CartPick
from purchase.totals import Entry
from stock import claiming, coverage, prices, reserving
from stock.coverage import SERVICES, Lot, Place
from stock.models import Price, StockNumber
from tenants.models import Tenant

# At once, of one place.
MAX_QUANTITY = 10


class PickIsGone(Exception):
    """The pick has been removed or bought meanwhile. The message is for the customer."""


@dataclass(frozen=True, slots=True)
class PlaceWish:
    """How many numbers of a place, with how many channels and for how many months at once."""

    place: Place
    quantity: int
    channels: int
    months: int


@dataclass(frozen=True, slots=True)
class Picked:
    """What became of a wish: `digits` are in the cart; a remark says why they are not all."""

    wish: PlaceWish
    digits: Sequence[str]
    remark: str = ""


def pick(
    wishes: Iterable[PlaceWish],
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
    asked = list(wishes)
    lots = _find_lots([wish.place for wish in asked], service=service, tenant=tenant, at=at)
    return [
        _pick(
            wish,
            lots.get(wish.place.key),
            service=service,
            token=token,
            tenant=tenant,
            actor=actor,
            at=at,
        )
        for wish in asked
    ]


@transaction.atomic
def _pick(
    wish: PlaceWish,
    lot: Lot | None,
    *,
    service: str,
    token: UUID,
    tenant: Tenant,
    actor: Actor,
    at: datetime,
) -> Picked:
    cart.lock()
    place = wish.place
    made = CartPick(token=token, service=service, picked_at=at, **_columns(place), **done_by(actor))
    if CartPick.objects.filter(token=token, **_columns(place)).exists():
        return Picked(wish, [], f"{place} is in the cart already. Change there how many.")
    most = cart.largest_cart()
    if not _has_room(wish.quantity, most=most):
        return Picked(wish, [], f"{place} {FATES[CartIsFull][0].format(most=most)}")
    until = at + cart.hold_time()
    numbers = _take(lot, wish.quantity, tenant=tenant, until=until, at=at)
    if not numbers:
        return Picked(wish, [], f"No number of {place} is left. Choose another place.")
    made.save()
    chosen = Chosen(wish.months, wish.channels)
    _write_lines(made, numbers, chosen, actor=actor, until=until, at=at)
    digits = [number.digits for number in numbers]
    return Picked(wish, digits, _only_so_many(len(numbers), wish.quantity, place))


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

    More are taken of the same place, and the last ones are let go. A period too short becomes the
    shortest. Returns what could not be done. Raises PickIsGone.
    """
    cart.lock()
    lines = _lines_of(reference)
    pick = CartPick.objects.get(reference=reference)
    shortest = _shortest_period(lines, tenant=tenant, at=at)
    chosen = Chosen(max(months, shortest), channels)
    CartLine.objects.filter(pick=pick).update(**asdict(chosen))
    remarks = [f"They are sold for {shortest} months at least."] if months < shortest else []
    remarks += [_fit(pick, lines, quantity, chosen, tenant=tenant, actor=actor, at=at)]
    return " ".join(filter(None, remarks))


def _fit(
    pick: CartPick,
    lines: Sequence[CartLine],
    quantity: int,
    chosen: Chosen,
    *,
    tenant: Tenant,
    actor: Actor,
    at: datetime,
) -> str:
    """Take more numbers, or let some go, and return what could not be done."""
    more = quantity - len(lines)
    if more <= 0:
        # What is held no longer goes first.
        last_first = sorted(lines, key=lambda line: (line.held_until > at, -line.pk))
        _let_go(last_first[:-more] if more else [], tenant=tenant, at=at)
        return ""
    most = cart.largest_cart()
    if not _has_room(more, most=most):
        return f"More numbers {FATES[CartIsFull][1].format(most=most)}"
    lots = _find_lots([pick.place], service=pick.service, tenant=tenant, at=at)
    until = at + cart.hold_time()
    numbers = _take(lots.get(pick.place.key), more, tenant=tenant, until=until, at=at)
    _write_lines(pick, numbers, chosen, actor=actor, until=until, at=at)
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


def _shortest_period(lines: Iterable[CartLine], *, tenant: Tenant, at: datetime) -> int:
    """Return for how many months at least the numbers are sold, which are all of one SKU."""
    numbers = StockNumber.objects.filter(digits__in=[line.digits for line in lines])
    terms = prices.for_sale(tenant, numbers, at=at)
    return max((price.minimum_months for price in terms.values()), default=1)


def _has_room(quantity: int, *, most: int) -> bool:
    return CartLine.objects.count() + quantity <= most


def _only_so_many(got: int, wanted: int, place: Place) -> str:
    if got == wanted:
        return ""
    if not got:
        return f"No more number of {place} is left."
    left = "was left, and is" if got == 1 else "were left, and are"
    return f"Only {got} of {wanted} numbers of {place} {left} in the cart."


def _find_lots(
    places: Sequence[Place], *, service: str, tenant: Tenant, at: datetime
) -> dict[str, Lot]:
    """Return what is sold to the tenant of each place at present, by the place's key."""
    terms = coverage.terms_of(tenant, at=at)
    found: dict[str, Lot] = {}
    for country in {place.country for place in places}:
        keys = [place.key for place in places if place.country == country]
        found |= coverage.find_lots(country, keys, terms.get(country, {}), service=service)
    return found


def _take(
    lot: Lot | None, count: int, *, tenant: Tenant, until: datetime, at: datetime
) -> list[StockNumber]:
    if not lot:
        return []
    start = claiming.draw_start(lot)
    return claiming.claim_any(lot, count=count, start=start, tenant=tenant, until=until, at=at)


def _write_lines(
    pick: CartPick,
    numbers: Iterable[StockNumber],
    chosen: Chosen,
    *,
    actor: Actor,
    until: datetime,
    at: datetime,
) -> None:
    digits = [number.digits for number in numbers]
    cart.put_back(dict.fromkeys(digits), actor=actor, until=until, at=at)
    CartLine.objects.filter(digits__in=digits).update(pick=pick, **asdict(chosen))


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
