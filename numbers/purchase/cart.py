"""The tenant's cart: numbers held for it for a while, until it pays or lets go."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from lifecycle.actors import Actor, done_by
from purchase.models import CartLine
from stock import prices, reserving
from stock.digits import NotANumber, parse_digits, phone
from stock.models import Price, StockNumber
from stock.reserving import NumberTaken
from tenants.models import Tenant

HOLD = timedelta(minutes=15)
# However often it is extended: others may want the number too.
LONGEST_HOLD = timedelta(hours=1)
MAX_NUMBERS = 100
# With the schema: held by whoever writes lines of its cart.
CART_LOCK = 7_310_002


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the cart as it stands now; prices in minor units."""

    line: CartLine
    number: StockNumber
    setup_price: int
    monthly_price: int
    is_held: bool
    # None if it is not sold at present.
    price: Price | None = None

    @property
    def digits(self) -> str:
        return self.line.digits


@dataclass(frozen=True, slots=True)
class Cart:
    entries: Sequence[Entry]
    currency: str

    @property
    def held(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.is_held]

    @property
    def lapsed(self) -> list[Entry]:
        return [entry for entry in self.entries if not entry.is_held]

    @property
    def setup(self) -> int:
        return sum(entry.setup_price for entry in self.held)

    @property
    def monthly(self) -> int:
        return sum(entry.monthly_price for entry in self.held)

    @property
    def due_now(self) -> int:
        return self.setup + self.monthly

    @property
    def held_until(self) -> datetime | None:
        """When the first hold ends."""
        return min((entry.line.held_until for entry in self.held), default=None)


@dataclass(frozen=True, slots=True)
class Added:
    """What became of each number somebody wanted in the cart: `refused` says why not."""

    digits: list[str]
    refused: list[str]


def open_cart(*, tenant: Tenant, at: datetime) -> Cart:
    """Read the cart with the prices of now. Numbers no price list knows are no longer sold."""
    lines = list(CartLine.objects.order_by("added_at", "digits"))
    numbers = {
        number.digits: number
        for number in StockNumber.objects.filter(digits__in=[line.digits for line in lines])
    }
    terms = prices.for_sale(tenant, numbers.values(), at=at)
    entries = [
        _entry(line, numbers[line.digits], terms.get(numbers[line.digits].pk), tenant, at)
        for line in lines
        if line.digits in numbers
    ]
    return Cart(entries, tenant.currency)


def _entry(
    line: CartLine, number: StockNumber, price: Price | None, tenant: Tenant, at: datetime
) -> Entry:
    if price is None:
        return Entry(line, number, 0, 0, is_held=False)
    is_held = line.held_until > at and reserving.is_in_cart_of(number, tenant)
    return Entry(line, number, price.setup_price, price.monthly_price, is_held, price)


def count() -> int:
    return CartLine.objects.count()


def add(wanted: Iterable[str], *, tenant: Tenant, actor: Actor, at: datetime) -> Added:
    """Hold each of the numbers that can be held, and say why of each that cannot."""
    added: list[str] = []
    refused: list[str] = []
    held = set(CartLine.objects.filter(held_until__gt=at).values_list("digits", flat=True))
    for typed in dict.fromkeys(wanted):
        try:
            digits = parse_digits(f"+{typed}")
        except NotANumber as problem:
            refused.append(str(problem))
            continue
        if digits in held:
            refused.append(f"{phone(digits)} is in the cart already.")
        elif len(held) >= MAX_NUMBERS:
            refused.append(
                f"{phone(digits)} was left out: a cart takes {MAX_NUMBERS} numbers. "
                "Pay for these first."
            )
        elif why_not := _hold(digits, tenant=tenant, actor=actor, at=at):
            refused.append(why_not)
        else:
            added.append(digits)
            held.add(digits)
    return Added(added, refused)


def _hold(digits: str, *, tenant: Tenant, actor: Actor, at: datetime) -> str:
    """Put one number into the cart; return why not, or an empty string."""
    try:
        with transaction.atomic():
            # The line before the number, as everywhere: who locks them the other way round waits
            # for ever for somebody who is just buying it.
            put_back([digits], actor=actor, until=at + HOLD, at=at)
            [number] = reserving.hold_for_cart([digits], tenant=tenant, until=at + HOLD, at=at)
            if not prices.for_sale(tenant, [number], at=at):
                raise NotForSale
            # A number that the cart held already stays held as long as it was.
            CartLine.objects.filter(digits=digits).update(held_until=number.reserved_until)
    except NumberTaken:
        return f"{phone(digits)} has just been taken by somebody else. Choose another one."
    except NotForSale:
        return f"{phone(digits)} is not for sale at present. Choose another one."
    return ""


class NotForSale(Exception):
    """No price list of the tenant's has a price for the number, or it would not cover our cost."""


@transaction.atomic
def extend(*, tenant: Tenant, at: datetime) -> bool:
    """Hold everything that is still held for another while; False if nothing may be held longer.

    A hold is not extended beyond LONGEST_HOLD from its beginning.
    """
    is_longer = False
    for line in CartLine.objects.filter(held_until__gt=at).select_for_update().order_by("id"):
        until = min(at + HOLD, line.held_since + LONGEST_HOLD)
        if until > line.held_until and reserving.extend_cart(
            [line.digits], tenant=tenant, until=until, at=at
        ):
            CartLine.objects.filter(pk=line.pk).update(held_until=until)
            is_longer = True
    return is_longer


@transaction.atomic
def remove(digits: str, *, tenant: Tenant, at: datetime) -> bool:
    """Let a number go, for others to buy. False if it was not in the cart."""
    removed, _ = CartLine.objects.filter(digits=digits).delete()
    reserving.release_from_cart([digits], tenant=tenant, at=at)
    return bool(removed)


def take_out(bought: Collection[str]) -> None:
    """Empty the cart of numbers that are on order. Call in the transaction that orders them.

    Raises NumberTaken if one is not there: two orders that race for it meet here.
    """
    lines = CartLine.objects.filter(digits__in=bought).order_by("id").select_for_update()
    if missing := set(bought) - {line.digits for line in lines}:
        raise NumberTaken(missing)
    CartLine.objects.filter(digits__in=bought).delete()


def put_back(digits: Iterable[str], *, actor: Actor, until: datetime, at: datetime) -> None:
    """Write lines for numbers that stock holds for the cart, in the same transaction."""
    lock()
    written = {"added_at": at, "held_since": at, "held_until": until, **done_by(actor)}
    # One statement, because another process may be ordering what the line stands for.
    CartLine.objects.bulk_create(
        [CartLine(digits=one, **written) for one in sorted(digits)],
        update_conflicts=True,
        unique_fields=["digits"],
        update_fields=list(written),
    )


def lock() -> None:
    """Let nobody else write lines of this cart until the transaction ends.

    Whoever adds a number writes its line first; whoever takes any numbers does not know them yet,
    and has them before the lines. Without this each could wait for the other.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, hashtext(current_schema()))", [CART_LOCK])
