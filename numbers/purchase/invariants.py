"""What must never be true of a tenant's cart and orders. Run inside its schema."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection

from lifecycle.clock import shortened
from tenants.schemas import current_tenant

SHOWN = 20
# Of a line: what is due for it, with its tax.
PRICE = "l.setup_price + l.recurring_price + l.vat_amount"
# As long as an order may wait for its charge, and its charge for a refund; and two sweeps.
LATEST_CHARGE = shortened(timedelta(minutes=90))
GRACE = shortened(timedelta(minutes=2))
# Of an order: nothing is under way any more, so that its money must be right at once.
IS_OVER = (
    "not exists (select from purchase_orderline l where l.order_id = o.id"
    " and l.state not in ('delivered', 'refused', 'cancelled'))"
    " and not exists (select from public.work_duework w where w.subject = o.reference"
    " and w.kind = 'charge order')"
)


def violations(*, at: datetime) -> list[str]:
    """Return one line for each thing that is wrong at the moment `at`."""
    return [violation for check in CHECKS for violation in check(at)]


def check_paid_is_delivered_or_refunded(at: datetime) -> list[str]:
    """Invariant 21: money taken for a line that ended without a number comes back."""
    refunded = f"(select from billing_refund f where f.line = l.reference and f.amount = {PRICE})"
    return lines(
        at,
        "21 Charged, not delivered and not refunded",
        "select l.digits from purchase_orderline l where l.state = 'refused'"
        f" and l.charged_at < %(charged_before)s and {PRICE} > 0"
        f" and l.state_changed_at < %(before)s and not exists {refunded}",
    ) + lines(
        at,
        "21 Taken from the balance, and not delivered",
        "select l.digits from purchase_orderline l join billing_ledgertransaction t"
        " on t.cause_reference = l.reference and t.cause_kind = 'taken'"
        " where l.state <> 'delivered'",
    )


def check_delivered_is_paid(at: datetime) -> list[str]:
    """Invariant 22: whoever got a number has paid for it, or is about to."""
    return lines(
        at,
        "22 Delivered and not earned",
        "select l.digits from purchase_orderline l where l.state = 'delivered'"
        f" and {PRICE} > 0 and not exists"
        " (select from billing_ledgertransaction t where t.cause_reference = l.reference"
        " and t.cause_kind in ('taken', 'delivered'))",
    ) + lines(
        at,
        "22 Delivered and never charged to the card",
        "select l.digits from purchase_orderline l join purchase_order o on o.id = l.order_id"
        " where l.state = 'delivered' and o.pay_by = 'card'"
        f" and {PRICE} > 0 and l.state_changed_at < %(charged_before)s"
        " and not exists (select from billing_ledgertransaction t"
        " where t.cause_reference = o.reference and t.cause_kind = 'captured')",
    )


def check_captured_is_what_was_delivered(at: datetime) -> list[str]:
    """Captured minus refunded equals the delivered lines' prices with tax, to the cent."""
    due = (
        f"select coalesce(sum({PRICE}) filter (where l.state = 'delivered'), 0) due,"
        " bool_and(l.state in ('delivered', 'refused', 'cancelled')) is_final,"
        " max(l.state_changed_at) ended_at from purchase_orderline l where l.order_id = o.id"
    )
    return lines(
        at,
        "21 The charge differs from what was delivered",
        "select o.reference::text || ': ' || p.captured || ' - ' || p.refunded || ' <> ' || d.due"
        " from purchase_order o join billing_payment p on p.order = o.reference"
        f" join lateral ({due}) d on true where p.captured - p.refunded <> d.due"
        f" and ((d.is_final and d.ended_at < %(before)s) or {IS_OVER})",
    ) + lines(
        at,
        "21 A payment of no order",
        "select p.order::text from billing_payment p where p.purpose = 'order'"
        " and not exists (select from purchase_order o where o.reference = p.order)",
    )


def check_charge_and_refunds_are_of_lines(at: datetime) -> list[str]:
    """Even of an order that is under way, what was captured and each refund are certain lines'."""
    return lines(
        at,
        "21 A charge that is not of the lines it was for",
        "select o.reference::text || ': ' || p.captured || ' <> ' || c.price"
        " from purchase_order o join billing_payment p on p.order = o.reference"
        f" join lateral (select coalesce(sum({PRICE}), 0) price from purchase_orderline l"
        " where l.order_id = o.id and l.charged_at is not null) c on true"
        " where p.state = 'captured' and p.captured <> c.price",
    ) + lines(
        at,
        "21 A refund that is not of a charged and refused line",
        "select f.line::text || ': ' || f.amount from billing_refund f"
        " join billing_payment p on p.id = f.payment_id where p.purpose = 'order' and not exists"
        " (select from purchase_orderline l join purchase_order o on o.id = l.order_id"
        " where l.reference = f.line and o.reference = p.order and l.state = 'refused'"
        f" and l.charged_at is not null and f.amount = {PRICE})",
    )


def check_nothing_is_left_of_the_money(at: datetime) -> list[str]:
    """What an order that is over set aside or owed has been earned or given back, to the cent."""
    return lines(
        at,
        "21 An order that is over, with money left",
        "select o.reference::text || ': ' || a.pocket || ' ' || sum(e.amount)"
        " from (select id order_id, reference from purchase_order union all"
        " select order_id, reference from purchase_orderline) s"
        " join purchase_order o on o.id = s.order_id"
        " join billing_ledgertransaction t on t.cause_reference = s.reference"
        " join billing_ledgerentry e on e.transaction_id = t.id"
        " join billing_ledgeraccount a on a.id = e.account_id"
        f" where a.pocket in ('held', 'owed') and {IS_OVER}"
        " and not exists (select from billing_refund f join billing_payment p"
        " on p.id = f.payment_id where p.order = o.reference"
        " and f.state not in ('succeeded', 'failed'))"
        " group by o.reference, a.pocket having sum(e.amount) <> 0",
    ) + lines(
        at,
        "21 Earned without a delivered line",
        "select t.cause_reference::text from billing_ledgertransaction t"
        " where t.cause_kind in ('taken', 'delivered') and not exists"
        " (select from purchase_orderline l where l.reference = t.cause_reference"
        " and l.state = 'delivered')",
    )


def check_tax_is_posted(at: datetime) -> list[str]:
    """What a delivered line brought us, and the tax on it, are as agreed."""
    posted = (
        "select coalesce(sum(e.amount) filter (where a.pocket = 'revenue'), 0) net,"
        " coalesce(sum(e.amount) filter (where a.pocket = 'vat'), 0) vat"
        " from billing_ledgertransaction t join billing_ledgerentry e on e.transaction_id = t.id"
        " join billing_ledgeraccount a on a.id = e.account_id"
        " where t.cause_reference = l.reference and t.cause_kind in ('taken', 'delivered')"
    )
    return lines(
        at,
        "A delivered line was posted otherwise than agreed",
        "select l.digits || ': ' || p.net || ' + ' || p.vat from purchase_orderline l"
        f" join lateral ({posted}) p on true where l.state = 'delivered' and (p.net, p.vat) <>"
        " (l.setup_price + l.recurring_price, l.vat_amount)",
    )


def check_order_is_the_sum_of_its_lines(at: datetime) -> list[str]:
    return lines(
        at,
        "An order whose lines come to another amount",
        "select o.reference::text || ': ' || o.amount || ' <> ' || sum(" + PRICE + ")"
        " from purchase_order o join purchase_orderline l on l.order_id = o.id"
        f" group by o.id having o.amount <> sum({PRICE})",
    )


def check_registration_was_agreed_to(at: datetime) -> list[str]:
    """Nobody gets a number that needs registration without agreeing to what is asked for it."""
    return lines(
        at,
        "A line that needs registration without an agreement",
        "select l.digits from purchase_orderline l"
        " join public.stock_stocknumber n on n.id = l.stock_number"
        " where l.needs_registration and not exists (select from purchase_agreement g"
        " where g.order_id = l.order_id"
        " and (g.country, g.number_type) = (n.country, n.number_type))",
    )


def check_open_line_is_worked_on(at: datetime) -> list[str]:
    """Every open line has its due work, and its operation unless the number is ours already."""
    open_line = (
        "select l.digits from purchase_orderline l"
        " where l.state in ('paid', 'ordering', 'unknown', 'pending', 'needs_documents')"
    )
    return lines(
        at,
        "An open line without an operation",
        f"{open_line} and not exists (select from public.carriers_operation c"
        " where c.reference = l.reference"
        " and c.state in ('planned', 'sent', 'unknown', 'accepted'))"
        " and exists (select from public.stock_stocknumber n"
        " where n.id = l.stock_number and n.ours_since is null)",
    ) + lines(
        at,
        "An open line that nobody works on",
        f"{open_line} and not exists (select from public.work_duework w"
        " where w.subject = l.reference and w.kind = 'settle line')",
    )


def check_unpaid_order_is_worked_on(at: datetime) -> list[str]:
    return lines(
        at,
        "An unpaid order that nobody works on",
        "select l.digits from purchase_orderline l join purchase_order o on o.id = l.order_id"
        " where l.state = 'placed' and not exists (select from public.work_duework w"
        " where w.subject = o.reference and w.kind = 'charge order')",
    )


def check_open_operation_has_line(at: datetime) -> list[str]:
    """The other way: nothing is asked of a carrier for an order that has ended."""
    return lines(
        at,
        "An operation without an open line",
        "select c.digits from public.carriers_operation c where c.kind = 'purchase'"
        " and c.tenant_id = %(tenant)s and c.state in ('planned', 'sent', 'unknown', 'accepted')"
        " and not exists (select from purchase_orderline l where l.reference = c.reference"
        " and l.state not in ('delivered', 'refused', 'cancelled'))",
    )


def check_line_has_its_number(at: datetime) -> list[str]:
    """The stock and the holding say the same as the line."""
    return lines(
        at,
        "An open line whose number is not reserved for it",
        "select l.digits from purchase_orderline l"
        " join public.stock_stocknumber n on n.id = l.stock_number"
        " where l.state not in ('delivered', 'refused', 'cancelled') and not (n.state = 'reserved'"
        " and n.reason = 'order' and n.reserved_for_id = %(tenant)s)",
    ) + lines(
        at,
        "A line whose holding says something else",
        "select l.digits from purchase_orderline l"
        " join public.stock_holding h on h.reference = l.holding"
        " where (l.state = 'delivered' and h.state = 'pending')"
        " or (l.state = 'refused' and h.state <> 'closed')"
        " or (l.state in ('paid', 'ordering', 'unknown', 'pending', 'needs_documents')"
        " and h.state <> 'pending')",
    )


def check_number_on_order_has_line(at: datetime) -> list[str]:
    return lines(
        at,
        "A number on order without an open line",
        "select n.digits from public.stock_stocknumber n where n.state = 'reserved'"
        " and n.reason = 'order' and n.reserved_for_id = %(tenant)s and not exists"
        " (select from purchase_orderline l where l.stock_number = n.id"
        " and l.state not in ('delivered', 'refused', 'cancelled'))",
    )


def check_cart_hold_has_line(at: datetime) -> list[str]:
    """A number that is held for a cart lies in it, until the same moment."""
    return lines(
        at,
        "A hold for the cart without its cart line",
        "select n.digits from public.stock_stocknumber n where n.state = 'reserved'"
        " and n.reason = 'cart' and n.reserved_for_id = %(tenant)s and not exists"
        " (select from purchase_cartline c where c.digits = n.digits"
        " and c.held_until = n.reserved_until)",
    )


def check_cart_line_has_its_hold(at: datetime) -> list[str]:
    """The other way: what the cart says is held is kept from everybody else."""
    return lines(
        at,
        "A cart line without its hold",
        "select c.digits from purchase_cartline c where c.held_until > %(now)s and not exists"
        " (select from public.stock_stocknumber n where n.digits = c.digits"
        " and n.state = 'reserved' and n.reason = 'cart' and n.reserved_for_id = %(tenant)s"
        " and n.reserved_until = c.held_until)",
    )


def check_pick_is_what_it_says(at: datetime) -> list[str]:
    """What was picked by quantity is in the cart, and of the place it was wanted of."""
    return lines(
        at,
        "A pick without a number in the cart",
        "select p.npa || ' ' || p.city from purchase_cartpick p where not exists"
        " (select from purchase_cartline c where c.pick_id = p.id)",
    ) + lines(
        at,
        "A number picked of another place",
        "select c.digits from purchase_cartline c join purchase_cartpick p on p.id = c.pick_id"
        " join public.stock_stocknumber n on n.digits = c.digits where n.state = 'reserved'"
        " and n.reason = 'cart' and n.reserved_for_id = %(tenant)s"
        " and (n.country, n.region, n.city, n.npa, n.number_type)"
        " <> (p.country, p.region, p.city, p.npa, p.number_type)",
    )


def lines(at: datetime, statement: str, query: str) -> list[str]:
    values: dict[str, int | datetime] = {
        "tenant": current_tenant().pk,
        "now": at,
        "before": at - GRACE,
        "charged_before": at - LATEST_CHARGE,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [f"{statement}: {row[0]}" for row in cursor.fetchmany(SHOWN)]


CHECKS: list[Callable[[datetime], list[str]]] = [
    check_paid_is_delivered_or_refunded,
    check_delivered_is_paid,
    check_captured_is_what_was_delivered,
    check_charge_and_refunds_are_of_lines,
    check_nothing_is_left_of_the_money,
    check_tax_is_posted,
    check_order_is_the_sum_of_its_lines,
    check_registration_was_agreed_to,
    check_open_line_is_worked_on,
    check_unpaid_order_is_worked_on,
    check_open_operation_has_line,
    check_line_has_its_number,
    check_number_on_order_has_line,
    check_cart_hold_has_line,
    check_cart_line_has_its_hold,
    check_pick_is_what_it_says,
]
