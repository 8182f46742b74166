"""A number on its way from the order to My numbers. Call in the transaction of the order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from billing import periods
from inventory.models import HeldNumber
from stock.models import Holding, HoldingState, StockNumber
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Terms:
    """What holding a number costs, as it was agreed: net minor units, whole units a minute."""

    months: int
    channels: int
    monthly_price: int
    # Of each period that is not free, with its channels.
    period_price: int
    channel_price: int
    currency: str
    is_free: bool
    # How many periods it is free, the first one counted; None is without end.
    free_periods: int | None
    inbound_minute_rate: Decimal
    connect_rate: Decimal
    first_increment_seconds: int
    next_increment_seconds: int


def expect(
    wanted: Iterable[tuple[StockNumber, Terms]], *, tenant: Tenant, order: UUID, at: datetime
) -> list[Holding]:
    """Show the numbers as being delivered. Raises IntegrityError if anybody holds one already."""
    holdings = Holding.objects.bulk_create(
        _holding(number, terms, tenant=tenant, at=at) for number, terms in wanted
    )
    HeldNumber.objects.bulk_create(
        HeldNumber(holding=holding, digits=holding.digits, order=order, created_at=at)
        for holding in holdings
    )
    return holdings


def _holding(number: StockNumber, terms: Terms, *, tenant: Tenant, at: datetime) -> Holding:
    return Holding(
        state=HoldingState.PENDING,
        state_changed_at=at,
        number=number,
        tenant=tenant,
        digits=number.digits,
        began_at=at,
        period_months=terms.months,
        channels=terms.channels,
        monthly_price=terms.monthly_price,
        period_price=terms.period_price,
        channel_price=terms.channel_price,
        is_free=terms.is_free,
        # The first period begins with the delivery.
        free_periods_left=terms.free_periods - 1 if terms.free_periods else None,
        currency=terms.currency,
        inbound_minute_rate=terms.inbound_minute_rate,
        connect_rate=terms.connect_rate,
        first_increment_seconds=terms.first_increment_seconds,
        next_increment_seconds=terms.next_increment_seconds,
    )


def receive(
    holding: Holding, *, line: UUID, price: int, needs_registration: bool, at: datetime
) -> None:
    """Open the first period of a number that has arrived; the order's line `line` paid for it.

    `price` is what it paid for the period, before tax. A number that needs registration is paid
    for as any other, and works once that has been approved.
    """
    period = periods.open_first(
        holding, months=holding.period_months, price=price, at=at, cause=line
    )
    paid_until = periods.paid_until(period, tenant=holding.tenant)
    target = HoldingState.AWAITING_REGISTRATION if needs_registration else HoldingState.ACTIVE
    holding.move_to(target, at=at, began_at=at, paid_until=paid_until)


def give_up(holding: Holding, *, at: datetime) -> None:
    """Forget a number that will not arrive."""
    HeldNumber.objects.filter(holding=holding).delete()
    holding.move_to(HoldingState.CLOSED, at=at, closed_at=at)
