"""Numbers that a tenant holds."""

from datetime import timedelta
from decimal import Decimal

from inventory.models import HeldNumber
from stock.models import Holding
from tests.conftest import NOON
from tests.stock.factories import make_number


def make_holding(tenant, *, digits="15015550100", state="active", number=None, **changes):
    fields = {
        "state_changed_at": NOON,
        "began_at": NOON,
        "paid_until": None if state == "pending" else NOON + timedelta(days=30),
        "closed_at": NOON if state == "closed" else None,
        "monthly_price": 120,
        "period_price": 120,
        "currency": "USD",
        "inbound_minute_rate": Decimal("0.0085"),
    }
    number = number or make_number(digits=digits, state="assigned", ours_since=NOON)
    return Holding.objects.create(
        number=number, tenant=tenant, digits=number.digits, state=state, **fields | changes
    )


def make_held_number(tenant, *, description="", labels=(), **changes):
    """Return the tenant's row of a number it holds. Call in its schema."""
    holding = make_holding(tenant, **changes)
    return HeldNumber.objects.create(
        holding=holding,
        digits=holding.digits,
        description=description,
        labels=list(labels),
        created_at=NOON,
    )
