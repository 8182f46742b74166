"""Numbers that Acme holds in every state, bought as a customer buys them, then moved along."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from time import monotonic, sleep

from django.db import transaction
from django_tenants.utils import tenant_context

from inventory.models import HeldNumber
from lifecycle.actors import SYSTEM, Actor, ActorKind
from lifecycle.clock import database_time
from people.models import Member, MemberRole
from purchase import cart, ordering, quotes, settling
from stock.models import (
    Holding,
    HoldingState,
    NumberType,
    ReservedBecause,
    StockNumber,
    StockState,
)
from stock.moving import acting
from tenants.models import Tenant

# The sandbox carrier answers within a few hundred milliseconds.
DELIVERY_TIMEOUT_SECONDS = 40
DESCRIPTIONS = [
    ("Front desk", ["reception"]),
    ("Sales line", ["sales", "vip"]),
    ("Support queue", ["support"]),
    ("Fax", []),
    ("Billing questions", ["support"]),
    ("Night service", []),
]
KEPT_AFTER_TERMINATION = timedelta(days=34)
# Last four digits with which the sandbox carrier misbehaves on purpose.
MAGIC = [f"{line:04}" for line in range(110, 122)]
STAYS_PENDING = "0116"


def hold_demo_numbers(tenant: Tenant, *, at: datetime) -> None:
    """Give the tenant numbers in every state, once."""
    if Holding.objects.filter(tenant=tenant).exists():
        return
    with tenant_context(tenant):  # type: ignore[no-untyped-call]
        buyer = Actor(ActorKind.MEMBER, admin(tenant).reference, "Ada Admin")
        digits = [*ordinary_numbers(), *some_pending_number()]
        buy(digits, tenant=tenant, actor=buyer, at=at)
        wait_for_delivery(tenant)
        describe(tenant)
        move_along(tenant, at=at)


def admin(tenant: Tenant) -> Member:
    return Member.objects.filter(role=MemberRole.ADMIN).order_by("id")[0]


def ordinary_numbers() -> list[str]:
    """Pick numbers of several places and types which the sandbox delivers without a fault."""
    wanted: list[tuple[dict[str, object], int]] = [
        ({"country": "US", "region": "AR", "npa": 501}, 6),
        ({"country": "US", "region": "CA"}, 3),
        ({"country": "US", "region": "NY"}, 3),
        ({"country": "US", "number_type": NumberType.TOLL_FREE}, 2),
        ({"country": "GB"}, 2),
        ({"country": "DE"}, 2),
    ]
    picked: list[str] = []
    for place, count in wanted:
        offered = StockNumber.objects.available().filter(**place).order_by("digits")
        found = offered.values_list("digits", flat=True)[: count + len(MAGIC)]
        picked += [digits for digits in found if digits[-4:] not in MAGIC][:count]
    return picked


def some_pending_number() -> list[str]:
    offered = StockNumber.objects.available().filter(country="US", region="AR")
    found = offered.filter(digits__endswith=STAYS_PENDING).order_by("digits")
    return list(found.values_list("digits", flat=True)[:1])


def buy(digits: Iterable[str], *, tenant: Tenant, actor: Actor, at: datetime) -> None:
    cart.add(digits, tenant=tenant, actor=actor, at=at)
    offered = quotes.quote(cart.open_cart(tenant=tenant, at=at))
    ordering.place_order(offered, tenant=tenant, card=None, actor=actor, at=at, has_agreed=True)


def wait_for_delivery(tenant: Tenant) -> None:
    """Do the workers' part until no line is left but the one that stays pending."""
    deadline = monotonic() + DELIVERY_TIMEOUT_SECONDS
    pending = Holding.objects.filter(tenant=tenant, state=HoldingState.PENDING)
    while pending.exclude(digits__endswith=STAYS_PENDING).exists() and monotonic() < deadline:
        settling.settle_lines(at=database_time())
        sleep(0.5)


def describe(tenant: Tenant) -> None:
    held = HeldNumber.objects.filter(holding__state=HoldingState.ACTIVE).order_by("digits")
    for number, (description, labels) in zip(held, DESCRIPTIONS, strict=False):
        number.description, number.labels = description, labels
        number.save(update_fields=["description", "labels"])


@transaction.atomic
def move_along(tenant: Tenant, *, at: datetime) -> None:
    """Show the states that a number reaches later in its life."""
    active = Holding.objects.filter(tenant=tenant, state=HoldingState.ACTIVE).order_by("-digits")
    cancelling, delayed, suspended, aging = active[:4]
    cancelling.move_to(HoldingState.CANCELLING, at=at, cycles_left=0)
    delayed.move_to(HoldingState.DELAYED_REMOVAL, at=at, cycles_left=0)
    suspended.move_to(HoldingState.SUSPENDED, at=at)
    terminate(aging, tenant=tenant, at=at)
    await_something(tenant, at=at)


def terminate(holding: Holding, *, tenant: Tenant, at: datetime) -> None:
    holding.move_to(HoldingState.AGING, at=at)
    with acting(SYSTEM, remark="Terminated in the demo"):
        holding.number.move_to(
            StockState.RESERVED,
            at=at,
            reason=ReservedBecause.TERMINATED,
            reserved_for=tenant,
            reserved_until=at + KEPT_AFTER_TERMINATION,
        )


def await_something(tenant: Tenant, *, at: datetime) -> None:
    """Hold one number whose registration is open, and one that is being ported in."""
    registering, porting = (
        StockNumber.objects.available().filter(country="FR").order_by("digits")[:2]
    )
    with acting(SYSTEM, remark="Set up in the demo"):
        registering.move_to(StockState.ASSIGNED, at=at, ours_since=at)
        porting.move_to(
            StockState.RESERVED, at=at, reason=ReservedBecause.PORT, reserved_for=tenant
        )
    terms = Holding.objects.filter(tenant=tenant)[0]
    for number, state in [
        (registering, HoldingState.AWAITING_REGISTRATION),
        (porting, HoldingState.PORTING),
    ]:
        holding = Holding.objects.create(
            state=state,
            state_changed_at=at,
            number=number,
            tenant=tenant,
            digits=number.digits,
            began_at=at,
            paid_until=at + timedelta(days=30) if state != HoldingState.PORTING else None,
            monthly_price=terms.monthly_price,
            period_price=terms.period_price,
            currency=terms.currency,
            inbound_minute_rate=terms.inbound_minute_rate,
        )
        HeldNumber.objects.create(holding=holding, digits=number.digits, created_at=at)
