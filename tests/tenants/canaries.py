"""A tenant full of words that nobody else may ever read."""

from datetime import date
from uuid import uuid4

from django.db.backends.postgresql.psycopg_any import DateRange

from billing import crediting, topping_up
from billing.models import BillingPeriod
from inventory.models import HeldNumber
from lifecycle.actors import Actor, ActorKind, done_by
from people.models import Member
from purchase.models import CartLine, CartPick, Order, OrderLine
from tests.billing.factories import add_card
from tests.conftest import NOON
from tests.inventory.factories import make_holding
from tests.stock.factories import make_number
from users.models import User

CANARY = "CNRY"
BUYER = Actor(ActorKind.MEMBER, uuid4(), f"{CANARY}-buyer")


def plant_canaries(tenant):
    """Fill the tenant, whose schema is selected; return what its URLs are about, by name.

    Needs the payments sandbox, which keeps the card.
    """
    person = User.objects.create_user("cnry@acme.example", name=f"{CANARY}-member")
    member = Member.objects.create(user=person, role="member", joined_at=NOON)
    holding = plant_number(tenant)
    order = plant_order(holding)
    plant_pick()
    card = add_card(brand=f"{CANARY}-brand", is_default=True)
    crediting.credit(5000, "USD", reason=f"{CANARY}-note", actor=BUYER, reference=uuid4(), at=NOON)
    return {
        "holding": holding.reference,
        "member": member.reference,
        "order": order.reference,
        "card": card.reference,
        "top-up": plant_top_up(card).reference,
    }


def plant_top_up(card):
    offered = topping_up.offer(5000, currency="USD", card=card)
    return topping_up.place(offered, return_path="/billing/", actor=BUYER, at=NOON)


def plant_number(tenant):
    holding = make_holding(tenant)
    HeldNumber.objects.create(
        holding=holding,
        digits=holding.digits,
        description=f"{CANARY}-description",
        labels=[f"{CANARY}-label"],
        created_at=NOON,
    )
    return holding


def plant_order(holding):
    by_buyer = {
        "actor_kind": BUYER.kind,
        "actor_reference": BUYER.reference,
        "actor_name": BUYER.name,
    }
    order = Order.objects.create(
        token=uuid4(),
        pay_by="wallet",
        amount=220,
        currency="USD",
        placed_at=NOON,
        **by_buyer,
    )
    line = OrderLine.objects.create(
        order=order,
        state="delivered",
        state_changed_at=NOON,
        digits=holding.digits,
        stock_number=holding.number_id,
        holding=holding.reference,
        place=f"{CANARY}-place",
        sku="US-GEO",
        connection="Sandbox",
        setup_price=100,
        recurring_price=120,
        monthly_price=120,
        period_price=120,
        currency="USD",
        inbound_minute_rate="0.0085",
        first_increment_seconds=60,
        next_increment_seconds=1,
        setup_cost="0.20",
        monthly_cost="0.40",
        cost_currency="USD",
    )
    BillingPeriod.objects.create(
        holding_id=holding.pk,
        holding_reference=holding.reference,
        period=DateRange(date(2026, 11, 22), date(2026, 12, 22)),
        anchor=date(2026, 11, 22),
        months=1,
        price=120,
        currency="USD",
        cause=line.reference,
        created_at=NOON,
    )
    carted = make_number(digits="15015550101")
    CartLine.objects.create(
        digits=carted.digits, added_at=NOON, held_since=NOON, held_until=NOON.replace(hour=13),
        **by_buyer,
    )  # fmt: skip
    return order


def plant_pick():
    """Put a number into the cart that was picked by quantity."""
    by_buyer = done_by(BUYER)
    picked = make_number(digits="15015550102")
    pick = CartPick.objects.create(
        token=uuid4(),
        country=picked.country,
        city=picked.city,
        region=picked.region,
        npa=picked.npa,
        number_type=picked.number_type,
        sku=picked.sku.reference,
        picked_at=NOON,
        **by_buyer,
    )
    CartLine.objects.create(
        pick=pick,
        digits=picked.digits,
        added_at=NOON,
        held_since=NOON,
        held_until=NOON.replace(hour=13),
        **by_buyer,
    )
