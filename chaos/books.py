"""Reading what the product has written, straight from its tables and with none of its code."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

Row = dict[str, Any]

OPEN_LINES = (
    "select l.reference, l.digits, l.state, o.reference as order, c.state as operation, c.silences,"
    " c.last_error"
    " from purchase_orderline l join purchase_order o on o.id = l.order_id"
    " left join public.carriers_operation c on c.reference = l.reference"
    " where l.state not in ('delivered', 'refused', 'cancelled')"
)
LINES = (
    "select l.reference, l.digits, l.state, l.needs_registration, l.vat_amount,"
    " l.setup_price + l.recurring_price + l.vat_amount as price, l.charged_at,"
    " o.reference as order, o.pay_by, c.state as operation, c.silences"
    " from purchase_orderline l join purchase_order o on o.id = l.order_id"
    " left join public.carriers_operation c on c.reference = l.reference"
)
POSTED = (
    "select a.pocket, t.cause_reference, sum(e.amount)::bigint as amount"
    " from billing_ledgerentry e join billing_ledgertransaction t on t.id = e.transaction_id"
    " join billing_ledgeraccount a on a.id = e.account_id"
)
BY_CAUSE = "group by a.pocket, t.cause_reference"
# Which the sandbox keeps pending for ever.
FOR_EVER = "0116"
# So often may a purchase stay unanswered before a person must look at it.
MOST_SILENCES = 5


@dataclass
class Shelf:
    """What one tenant's schema says."""

    name: str
    schema: str
    reference: UUID
    lines: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)
    held: list[Row] = field(default_factory=list)
    # Of the ledger, by pocket and what caused it: what was earned, and the tax on it.
    earned: list[Row] = field(default_factory=list)
    # Of the ledger: what came into the balance, and left it, by its cause.
    topped_up: list[Row] = field(default_factory=list)
    balance: list[Row] = field(default_factory=list)


class Books:
    """A reader of all schemas. Open it anew after PostgreSQL was restarted."""

    def __init__(self, url: str) -> None:
        self.server = psycopg.connect(url, autocommit=True, row_factory=dict_row)
        self.tenants = self.read(
            "select schema_name, name, reference from public.tenants_tenant order by id"
        )

    def __enter__(self) -> "Books":
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()

    def read(self, query: str, *values: object, schema: str = "public") -> list[Row]:
        path = sql.SQL("set search_path to {}, public").format(sql.Identifier(schema))
        self.server.execute(path)
        return self.server.execute(query.encode(), values or None).fetchall()

    def count_orders(self) -> int:
        return sum(
            self.read("select count(*) as n from purchase_order", schema=tenant["schema_name"])[0][
                "n"
            ]
            for tenant in self.tenants
        )

    def open_lines(self) -> list[Row]:
        return [
            {**row, "tenant": tenant["name"]}
            for tenant in self.tenants
            for row in self.read(OPEN_LINES, schema=tenant["schema_name"])
        ]

    def unsettled_payments(self) -> list[Row]:
        """Return payments and refunds that are still under way."""
        query = (
            "select 'payment' as what, p.order::text as of, p.state, p.decline_code as why"
            " from billing_payment p where p.state not in ('captured', 'voided', 'declined')"
            " union all select 'refund', line::text, state, '' from billing_refund"
            " where state not in ('succeeded', 'failed')"
        )
        return [
            {**row, "tenant": tenant["name"]}
            for tenant in self.tenants
            for row in self.read(query, schema=tenant["schema_name"])
        ]

    def shelves(self) -> list[Shelf]:
        return [self.shelf(tenant) for tenant in self.tenants]

    def shelf(self, tenant: Row) -> Shelf:
        schema = tenant["schema_name"]

        def read(query: str) -> list[Row]:
            return self.read(query, schema=schema)

        return Shelf(
            tenant["name"],
            schema,
            tenant["reference"],
            lines=read(LINES),
            payments=read("select * from billing_payment"),
            refunds=read(
                "select r.*, p.order from billing_refund r"
                " join billing_payment p on p.id = r.payment_id"
            ),
            held=read(
                "select n.digits, h.state, h.tenant_id from inventory_heldnumber n"
                " join public.stock_holding h on h.id = n.holding_id where h.state <> 'closed'"
            ),
            earned=read(f"{POSTED} where a.pocket in ('revenue', 'vat') {BY_CAUSE}"),
            topped_up=read(
                f"{POSTED} where a.pocket = 'wallet' and t.cause_kind = 'topped_up' {BY_CAUSE}"
            ),
            balance=read(f"{POSTED} where a.pocket = 'wallet' {BY_CAUSE}"),
        )


def is_explained(line: Row) -> bool:
    """Tell whether an open line may stay open: the carrier never ends it, or a person must."""
    is_for_ever = line["digits"].endswith(FOR_EVER) and line["state"] == "pending"
    return is_for_ever or is_with_staff(line)


def is_with_staff(line: Row) -> bool:
    return line["state"] == "unknown" and (line["silences"] or 0) >= MOST_SILENCES
