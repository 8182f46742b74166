"""What must never be true, over the whole platform: one query each, listing what violates it.

The numbers are those of the product's list of invariants.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django_tenants.utils import tenant_context

import billing.invariants
import inventory.invariants
import purchase.invariants
from tenants.models import Tenant, TenantState

# Two sweeps and a little: what is due this long and still waits has been missed.
GRACE = timedelta(minutes=2)
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that must not be; `where` is "platform" or a tenant's name."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Invariant:
    """A statement, and the query that returns one line for each thing that breaks it.

    The query may use %(late)s, the time before which everything due should be done.
    """

    statement: str
    query: str


PLATFORM = [
    Invariant(
        "1 A number has at most one open holding",
        "select digits from public.stock_holding where state <> 'closed' group by digits"
        " having count(*) > 1",
    ),
    Invariant(
        "2 Beside an open holding the number is assigned or reserved for its tenant",
        "select n.digits || ' is ' || n.state || ' ' || n.reason || ', held as ' || h.state"
        " from public.stock_holding h join public.stock_stocknumber n on n.id = h.number_id"
        " where h.state <> 'closed' and not (n.state = 'assigned'"
        " or (n.state = 'reserved' and n.reserved_for_id = h.tenant_id))",
    ),
    Invariant(
        "2 An assigned number has an open holding",
        "select n.digits from public.stock_stocknumber n where n.state = 'assigned' and not exists"
        " (select from public.stock_holding h where h.number_id = n.id and h.state <> 'closed')",
    ),
    Invariant(
        "2 An active holding is of an assigned number",
        "select h.digits from public.stock_holding h join public.stock_stocknumber n"
        " on n.id = h.number_id where h.state = 'active' and n.state <> 'assigned'",
    ),
    Invariant(
        "3 Numbers are canonical E.164",
        "select digits from public.stock_stocknumber where digits !~ '^[1-9][0-9]{6,14}$'",
    ),
    Invariant(
        "6 A cart's reservation ends when its time is over",
        "select digits || ' until ' || reserved_until from public.stock_stocknumber"
        " where state = 'reserved' and reason = 'cart' and reserved_until < %(late)s",
    ),
    Invariant(
        "6 A number on order is being ordered",
        "select n.digits from public.stock_stocknumber n where n.state = 'reserved'"
        " and n.reason = 'order' and not exists (select from public.stock_holding h"
        " where h.number_id = n.id and h.state = 'pending')",
    ),
    Invariant(
        "6 A number that is bought for our stock is on an open line",
        "select n.digits from public.stock_stocknumber n where n.state = 'reserved'"
        " and n.reason = 'stocking' and not exists (select from public.stock_stockpurchaseline l"
        " where l.number_id = n.id and l.state not in ('delivered', 'refused'))",
    ),
    Invariant(
        "6 An open line for our stock keeps its number from others",
        "select l.digits from public.stock_stockpurchaseline l"
        " join public.stock_stocknumber n on n.id = l.number_id"
        " where l.state not in ('delivered', 'refused')"
        " and (n.state, n.reason) <> ('reserved', 'stocking')",
    ),
    Invariant(
        "5 An open line for our stock has its operation, and somebody works on it",
        "select l.digits from public.stock_stockpurchaseline l"
        " where l.state not in ('delivered', 'refused') and not (exists"
        " (select from public.carriers_operation o where o.reference = l.reference"
        " and o.tenant_id is null and o.state in ('planned', 'sent', 'unknown', 'accepted'))"
        " and exists (select from public.work_duework w where w.subject = l.reference"
        " and w.kind = 'settle stock line'))",
    ),
    Invariant(
        "5 What is asked of a carrier for our stock has an open line",
        "select o.digits from public.carriers_operation o where o.kind = 'purchase'"
        " and o.tenant_id is null and o.state in ('planned', 'sent', 'unknown', 'accepted')"
        " and not exists (select from public.stock_stockpurchaseline l"
        " where l.reference = o.reference and l.state not in ('delivered', 'refused'))",
    ),
    Invariant(
        "5 A line for our stock ends as what was asked of its carrier",
        "select l.digits from public.stock_stockpurchaseline l"
        " join public.carriers_operation o on o.reference = l.reference"
        " where (l.state = 'delivered') <> (o.state = 'done')"
        " or (l.state = 'refused') <> (o.state = 'refused')",
    ),
    Invariant(
        "7 At most one open purchase for a number",
        "select digits from public.carriers_operation where kind = 'purchase'"
        " and state not in ('done', 'refused') group by connection_id, digits having count(*) > 1",
    ),
    Invariant(
        "20 An operation was sent before it has an outcome",
        "select digits from public.carriers_operation"
        " where state not in ('planned', 'refused') and sent_at is null",
    ),
    Invariant(
        "39 The moves of a number follow one another",
        "select digits || ': ' || before || ' then ' || from_state from (select digits, from_state,"
        " to_reason, from_reason, lag(to_state) over w as before,"
        " lag(to_reason) over w as before_reason"
        " from public.stock_stockmove window w as (partition by digits order by id)) m"
        # Into and out of a cart is not written down, so available may turn into an order.
        " where before is not null and before <> from_state"
        " and not (before = 'available' and from_state = 'reserved')"
        " and not (before = 'reserved' and from_state = 'available')",
    ),
    Invariant(
        "41 Mail is sent, or has visibly failed",
        "select key || ' ' || last_error from public.notices_outboxmail where state = 'waiting'"
        " and due_at < %(late)s and coalesce(lease_until, due_at) < %(late)s",
    ),
    Invariant(
        "42 An event that came in has been applied",
        "select provider || ' ' || event_id || ' ' || last_error from public.work_webhookevent"
        " where state = 'received' and due_at < %(late)s"
        " and coalesce(lease_until, due_at) < %(late)s",
    ),
    Invariant(
        "43 No work is due that nobody does",
        "select kind || ' ' || subject || ' ' || last_error from public.work_duework"
        " where due_at < %(late)s and coalesce(lease_until, due_at) < %(late)s",
    ),
]


def check_invariants(*, at: datetime) -> Iterator[Violation]:
    """Yield what is wrong, over the platform and then in each tenant."""
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    for invariant in PLATFORM:
        for what in lines(invariant, at=at):
            yield Violation("platform", f"{invariant.statement}: {what}")
    for tenant in Tenant.objects.filter(state__in=[TenantState.READY, TenantState.SUSPENDED]):
        with tenant_context(tenant):  # type: ignore[no-untyped-call]
            for what in of_tenant(at=at):
                yield Violation(tenant.name, what)


def of_tenant(*, at: datetime) -> list[str]:
    """Return what is wrong in the tenant whose schema is selected."""
    return [
        *billing.invariants.violations(at=at),
        *inventory.invariants.violations(),
        *purchase.invariants.violations(at=at),
    ]


def lines(invariant: Invariant, *, at: datetime) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(invariant.query, {"late": at - GRACE})
        return [row[0] for row in cursor.fetchmany(SHOWN)]
