"""What must never be true of the numbers a tenant holds. Run inside its schema."""

from collections.abc import Callable

from django.db import connection

SHOWN = 20


def violations() -> list[str]:
    return [violation for check in CHECKS for violation in check()]


def check_open_holding_has_held_number() -> list[str]:
    """Invariant 2, one way: the platform says it holds a number that it cannot see."""
    return lines(
        "select h.digits from public.stock_holding h where h.state <> 'closed'"
        " and h.tenant_id = %s and not exists"
        " (select from inventory_heldnumber n where n.holding_id = h.id)",
        "2 An open holding without its held number",
    )


def check_held_number_has_open_holding() -> list[str]:
    """Invariant 2, the other way: the tenant sees a number that it does not hold."""
    return lines(
        "select n.digits from inventory_heldnumber n where not exists"
        " (select from public.stock_holding h where h.id = n.holding_id"
        " and h.state <> 'closed' and h.tenant_id = %s)",
        "2 A held number without its open holding",
    )


def lines(query: str, statement: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query, [connection.tenant.pk])  # type: ignore[attr-defined]
        return [f"{statement}: {row[0]}" for row in cursor.fetchmany(SHOWN)]


CHECKS: list[Callable[[], list[str]]] = [
    check_open_holding_has_held_number,
    check_held_number_has_open_holding,
]
