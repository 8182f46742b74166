"""The tenant's cart: numbers held for it for a while, until it pays or lets go."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from lifecycle.actors import Actor, done_by
from purchase import reckoning
from purchase.models import CartLine
from purchase.reckoning import Reckoning, Wish
from purchase.totals import Cart, Entry
from stock import prices, reserving
from stock.digits import NotANumber, parse_digits, phone
from stock.models import StockNumber
from stock.reserving import NumberTaken
from tenants.models import Tenant
from tenants.platform_settings import read_setting

# Of numbers that share one fate, so many are named, and of what was typed as one so much is quoted.
NAMED = 3
QUOTED = 20
# With the schema: held by whoever writes lines of its cart.
CART_LOCK = 7_310_002


@dataclass(frozen=True, slots=True)
class Added:
    """What became of each number somebody wanted in the cart: `refused` says why not."""

    digits: list[str]
    refused: list[str]


@dataclass(frozen=True, slots=True)
class Chosen:
    """For how many months at once a number is wanted, and with how many channels."""

    months: int
    channels: int


class NotForSale(Exception):
    """No price list of the tenant's has a price for the number, or it would not cover our cost."""


class InCartAlready(Exception):
    """The number is held for this cart."""


class CartIsFull(Exception):
    """The cart takes no more numbers."""


# What is said of one number, and of several that share its fate.
FATES: dict[type[Exception], tuple[str, str]] = {
    NotANumber: (
        "is not a phone number. Write it like +1 202-555-0123.",
        "are not phone numbers. Write them like +1 202-555-0123.",
    ),
    InCartAlready: ("is in the cart already.", "are in the cart already."),
    CartIsFull: (
        "was left out: a cart takes {most} numbers. Pay for these first, or remove some.",
        "were left out: a cart takes {most} numbers. Pay for these first, or remove some.",
    ),
    NumberTaken: (
        "has just been taken by somebody else. Choose another one.",
        "have just been taken by somebody else. Choose others.",
    ),
    NotForSale: (
        "is not for sale at present. Choose another one.",
        "are not for sale at present. Choose others.",
    ),
}


def open_cart(*, tenant: Tenant, at: datetime) -> Cart:
    """Read the cart with the prices, tax and rules of now."""
    lines = list(CartLine.objects.order_by("added_at", "digits"))
    known = StockNumber.objects.filter(digits__in=[line.digits for line in lines])
    numbers = {number.digits: number for number in known.select_related("connection")}
    wishes = [Wish(line, numbers[line.digits]) for line in lines if line.digits in numbers]
    held = {wish.line.digits for wish in wishes if _is_held(wish, tenant, at)}
    reckoned = reckoning.reckon(wishes, bought=held, tenant=tenant, at=at)
    return Cart(
        [_entry(wish, reckoned, is_held=wish.line.digits in held, at=at) for wish in wishes],
        tenant.currency,
        reckoned.vat,
        reckoned.requirements,
        reckoned.free_periods,
        reckoned.not_sold_because,
    )


def _is_held(wish: Wish, tenant: Tenant, at: datetime) -> bool:
    return wish.line.held_until > at and reserving.is_in_cart_of(wish.number, tenant)


def _entry(wish: Wish, reckoned: Reckoning, *, is_held: bool, at: datetime) -> Entry:
    price = reckoned.prices.get(wish.line.digits)
    return Entry(
        wish.line,
        wish.number,
        price,
        reckoned.terms.get(wish.line.digits),
        is_held=is_held,
        can_be_held=price is not None and reserving.can_be_held(wish.number, at=at),
    )


def hold_time() -> timedelta:
    return timedelta(minutes=hold_minutes())


def hold_minutes() -> int:
    return read_setting("purchase.hold_minutes")


def largest_cart() -> int:
    """Return how many numbers a cart takes, those counted whose hold has ended."""
    return read_setting("purchase.largest_cart")


def longest_hold() -> timedelta:
    """However often it is extended: others may want the number too."""
    return timedelta(minutes=read_setting("purchase.longest_hold_minutes"))


def add(wanted: Iterable[str], *, tenant: Tenant, actor: Actor, at: datetime) -> Added:
    """Hold each of the numbers that can be held, and say why of those that cannot.

    Asking for more than a whole cart at once adds nothing.
    """
    typed, most = list(dict.fromkeys(wanted)), largest_cart()
    if len(typed) > most:
        return Added([], [
            f"{len(typed):,} numbers are too many: a cart takes {most}. Nothing was added; "
            "choose fewer."
        ])  # fmt: skip
    wishes: dict[str, Chosen | None] = {}
    names: dict[type[Exception], list[str]] = {}
    for one in typed:
        try:
            wishes[parse_digits(f"+{one}")] = None
        except NotANumber:
            names.setdefault(NotANumber, []).append(f"“+{shorten(one)}”")
    fates = hold(wishes, tenant=tenant, actor=actor, until=at + hold_time(), at=at)
    for digits, fate in fates.items():
        names.setdefault(fate, []).append(phone(digits))
    added = [digits for digits in wishes if digits not in fates]
    return Added(added, [why_not(fate, each) for fate, each in names.items()])


def shorten(typed: str) -> str:
    return typed if len(typed) <= QUOTED else f"{typed[:QUOTED]}…"


def why_not(fate: type[Exception], names: list[str]) -> str:
    """Say what became of numbers that could not be held."""
    of_one, of_several = FATES[fate]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    said = of_several if len(names) > 1 else of_one
    return f"{', '.join(names[:NAMED])}{more} {said.format(most=largest_cart())}"


@transaction.atomic
def hold(
    wishes: Mapping[str, Chosen | None],
    *,
    tenant: Tenant,
    actor: Actor,
    until: datetime,
    at: datetime,
) -> dict[str, type[Exception]]:
    """Put numbers into the cart, held until `until`; return why of each that cannot be.

    A line that is there already keeps its months and channels unless others are chosen.
    """
    lock()
    # The lines before the numbers, as everywhere: who locks them the other way round waits
    # for ever for somebody who is just buying one.
    found = CartLine.objects.filter(digits__in=wishes).order_by("id").select_for_update()
    held_until = dict(found.values_list("digits", "held_until"))
    fates: dict[str, type[Exception]] = {
        digits: InCartAlready for digits, held in held_until.items() if held > at
    }
    wanted = [digits for digits in wishes if digits not in fates]
    free = reserving.hold_what_is_free(wanted, tenant=tenant, until=until, at=at)
    numbers = {number.digits: number for number in free}
    sold = prices.for_sale(tenant, free, at=at)
    room = largest_cart() - CartLine.objects.count()
    for digits in wanted:
        is_new = digits not in held_until
        if digits not in numbers:
            fates[digits] = NumberTaken
        elif numbers[digits].pk not in sold:
            fates[digits] = NotForSale
        elif is_new and room <= 0:
            fates[digits] = CartIsFull
        else:
            room -= is_new
    refused = [digits for digits in numbers if digits in fates]
    reserving.release_from_cart(refused, tenant=tenant, at=at)
    taken = {digits: wishes[digits] for digits in numbers if digits not in fates}
    put_back(taken, actor=actor, until=until, at=at)
    return fates


@transaction.atomic
def extend(*, tenant: Tenant, at: datetime) -> bool:
    """Hold everything that is still held for another while; False if nothing may be held longer.

    A hold is not extended beyond the longest time from its beginning.
    """
    latest, longest = at + hold_time(), longest_hold()
    held = CartLine.objects.filter(held_until__gt=at).select_for_update().order_by("id")
    until = {line: min(latest, line.held_since + longest) for line in held}
    longer = {line.digits: one for line, one in until.items() if one > line.held_until}
    extended = reserving.extend_cart(longer, tenant=tenant)
    lines = [line for line in until if line.digits in extended]
    for line in lines:
        line.held_until = until[line]
    CartLine.objects.bulk_update(lines, ["held_until"])
    return bool(lines)


@transaction.atomic
def remove(digits: str, *, tenant: Tenant, at: datetime) -> bool:
    """Let a number go, for others to buy. False if it was not in the cart."""
    removed, _ = CartLine.objects.filter(digits=digits).delete()
    reserving.release_from_cart([digits], tenant=tenant, at=at)
    return bool(removed)


def are_held(digits: Collection[str], *, at: datetime) -> bool:
    held = CartLine.objects.filter(digits__in=digits, held_until__gt=at)
    return held.count() == len(digits)


def take_out(bought: Collection[str]) -> dict[str, CartLine]:
    """Empty the cart of numbers that are on order, and return their lines as they were.

    Call in the transaction that orders them. Raises NumberTaken if one is not there: two orders
    that race for it meet here.
    """
    found = CartLine.objects.filter(digits__in=bought).order_by("id").select_for_update()
    lines = {line.digits: line for line in found}
    if missing := set(bought) - lines.keys():
        raise NumberTaken(missing)
    CartLine.objects.filter(digits__in=bought).delete()
    return lines


def put_back(
    wishes: Mapping[str, Chosen | None], *, actor: Actor, until: datetime, at: datetime
) -> None:
    """Write lines for numbers that stock holds for the cart, in the same transaction.

    Lines that are there keep their months and channels unless all wishes are chosen.
    """
    lock()
    written = {"added_at": at, "held_since": at, "held_until": until, **done_by(actor)}
    lines = [
        CartLine(digits=digits, **written, **(asdict(chosen) if chosen else {}))
        for digits, chosen in sorted(wishes.items(), key=lambda wish: wish[0])
    ]
    are_chosen = all(wishes.values())
    # One statement, because another process may be ordering what the line stands for.
    CartLine.objects.bulk_create(
        lines,
        update_conflicts=True,
        unique_fields=["digits"],
        update_fields=[*written, *(["months", "channels"] if are_chosen else [])],
    )


def lock() -> None:
    """Let nobody else write lines of this cart until the transaction ends.

    Taken before the cart's lines and their numbers, so that two who fill it never wait for each
    other, and together keep to its limit.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, hashtext(current_schema()))", [CART_LOCK])
