"""The months a number is paid for, counted from an anchor day."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet

from billing.models import BillingPeriod
from stock.models import Holding
from tenants.models import Tenant


def period_end(anchor: date, months: int) -> date:
    """Return the day `months` after the anchor: its day of the month, or the month's last.

    Counted from the anchor each time: one month and one more from January 31 would stay on the
    28th for ever.
    """
    years, month_index = divmod(anchor.month - 1 + months, 12)
    year, month = anchor.year + years, month_index + 1
    return date(year, month, min(anchor.day, monthrange(year, month)[1]))


def open_first(
    holding: Holding, *, months: int, price: int, at: datetime, cause: UUID | None = None
) -> BillingPeriod:
    """Open the period a new number was paid for, from the day of `at` in the tenant's zone.

    Repeating it returns the first. `price` is what was paid for it, before tax; `cause` is the
    reference of what was charged.
    """
    anchor = at.astimezone(ZoneInfo(holding.tenant.time_zone)).date()
    opened, _ = BillingPeriod.objects.get_or_create(
        cause=cause or holding.reference,
        defaults={
            "holding_id": holding.pk,
            "holding_reference": holding.reference,
            "period": DateRange(anchor, period_end(anchor, months)),
            "anchor": anchor,
            "months": months,
            "price": price,
            "currency": holding.currency,
            "created_at": at,
        },
    )
    return opened


def periods_of(holding: Holding) -> QuerySet[BillingPeriod]:
    """Return what has been paid for a number, newest first."""
    paid = BillingPeriod.objects.filter(holding_reference=holding.reference)
    return paid.order_by("-period")


def last_day(period: BillingPeriod) -> date:
    end: date = period.period.upper
    return end - timedelta(days=1)


def paid_until(period: BillingPeriod, *, tenant: Tenant) -> datetime:
    """Return the moment the period ends: midnight in the tenant's zone."""
    end: date = period.period.upper
    return datetime.combine(end, time(), ZoneInfo(tenant.time_zone))
