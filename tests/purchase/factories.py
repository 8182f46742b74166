"""Numbers that can really be bought, and orders for them."""

from contextlib import contextmanager, suppress
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db.backends.postgresql.psycopg_any import DateRange

from billing import crediting
from desk.invariants import of_tenant
from lifecycle.actors import SYSTEM, Actor, ActorKind, done_by
from lifecycle.clock import database_time
from people.models import Member
from purchase import cart, charging, ordering, quotes, settling
from purchase.models import CartLine, OrderLine
from stock.models import Requirement, StockNumber, VatRate
from tenants.schemas import current_tenant
from tests.billing.factories import Crashed
from tests.conftest import HTTP, NOON
from tests.stock.factories import make_connection, make_number, make_price
from users.models import User

SETUP, MONTHLY = 100, 120
PRICE = SETUP + MONTHLY
RETURN_URL = "http://acme.numberyard.localhost/orders/7/payment/"
# Longer than every wait of a sweep, and than the quarantine of `make_connection`.
LATER = timedelta(minutes=20)


def ada():
    """Return Ada, an admin of Acme, as records name her."""
    user = User.objects.filter(email="ada@acme.example").first()
    user = user or User.objects.create_user("ada@acme.example", name="Ada")
    member, _ = Member.objects.get_or_create(
        user=user, defaults={"role": "admin", "joined_at": NOON}
    )
    return Actor(ActorKind.MEMBER, member.reference, "Ada")


def fill_wallet(amount=10_000):
    crediting.credit(
        amount, "USD", reason="Bank transfer", actor=SYSTEM, reference=uuid4(), at=NOON
    )


def tax(tenant, percent="23"):
    """Let the tenant be where the platform sells from, at this rate."""
    tenant.country = "IE"
    tenant.save(update_fields=["country"])
    VatRate.objects.all().delete()
    valid = DateRange(date(2020, 1, 1), None)
    VatRate.objects.create(country="IE", percent=percent, valid=valid)


def ask(**changes):
    """Let a country ask something of whoever holds a number; a new version replaces the old."""
    fields = {
        "country": "US",
        "number_type": "geographic",
        "identity": "company",
        "documents": ["Extract of the register"],
        "notes": "Kept for ten years.",
        "written_at": NOON,
        **done_by(SYSTEM),
    } | changes
    kind = {name: fields[name] for name in ("country", "number_type")}
    Requirement.objects.filter(**kind, superseded_at=None).update(superseded_at=NOON)
    version = Requirement.objects.filter(**kind).count() + 1
    return Requirement.objects.create(version=version, **fields)


def offered(ending="", *, count=1):
    """Ask the sandbox for numbers of Arkansas; a magic ending chooses what goes wrong."""
    wanted = {"country": "US", "region": "AR", "npa": "501", "limit": "50"}
    answer = HTTP.get(
        f"{settings.SANDBOX_CARRIER_URL}/v1/available_numbers",
        params=wanted | ({"ends_with": ending} if ending else {}),
        headers={"authorization": f"Bearer {settings.SANDBOX_CARRIER_KEY}"},
    ).raise_for_status()
    digits = [offer["number"].lstrip("+") for offer in answer.json()["data"]]
    ordinary = [one for one in digits if ending or not one[-4:].startswith("01")]
    return ordinary[:count]


def stock_up(ending="", *, count=1, beside=(), **changes):
    """Put numbers that the sandbox offers on sale here, and return their digits."""
    make_price(setup_price=SETUP, monthly_price=MONTHLY)
    changes.setdefault("connection", make_connection(quarantine_seconds=600))
    new = [one for one in offered(ending, count=50) if one not in beside][:count]
    return [make_number(digits=one, **changes).digits for one in new]


def fill_cart(digits, *, at=NOON):
    cart.add(digits, tenant=current_tenant(), actor=ada(), at=at)


def quote_cart(*, at=NOON):
    return quotes.quote(cart.open_cart(tenant=current_tenant(), at=at))


def order_numbers(digits, *, card=None, at=NOON, months=1, channels=2):
    """Buy numbers that are on sale, as Ada does it, without the pages."""
    fill_cart(digits, at=at)
    CartLine.objects.filter(digits__in=digits).update(months=months, channels=channels)
    return place(quote_cart(at=at), card=card, at=at)


def buy_ours(digits, *, at=NOON, **terms):
    """Buy numbers that are the platform's own: a worker hands them over, and asks no carrier."""
    order = order_numbers(digits, at=at, **terms)
    settling.settle_lines(at=at)
    return order


def hand_over():
    """Do the worker's part for what was bought in the browser of what is ours."""
    settling.settle_lines(at=database_time())


def place(quote, *, card=None, at=NOON, has_agreed=True):
    return ordering.place_order(
        quote, tenant=current_tenant(), card=card, actor=ada(), at=at, has_agreed=has_agreed
    )


def pay_by_card(order, *, at=NOON):
    return charging.pay(order, tenant=current_tenant(), return_url=RETURN_URL, at=at)


def sweep(*, at=NOON):
    settling.settle_lines(at=at)
    charging.charge_orders(at=at)


def line_of(order, digits=None):
    lines = OrderLine.objects.filter(order=order)
    return lines.get(digits=digits) if digits else lines.get()


def states_of(order):
    return sorted(order.lines.values_list("state", flat=True))


def violations(*, at=NOON):
    """Return what is wrong of the tenant now, or will be when nothing is under way any more."""
    return sorted({*of_tenant(at=at), *of_tenant(at=at + timedelta(hours=2))})


def number(digits):
    return StockNumber.objects.get(digits=digits)


@contextmanager
def crashing(module, point):
    """Die at a named crash point, as a kill looks from inside: nothing catches it."""

    def crash_here(name):
        if name == point:
            raise Crashed

    with pytest.MonkeyPatch.context() as patch, suppress(Crashed):
        patch.setattr(module, "crash_here", crash_here)
        yield
