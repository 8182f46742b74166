"""What the database refuses to everybody, done by a superuser who has put its guards to sleep."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django_tenants.utils import tenant_context

from billing import crediting, invariants
from lifecycle.actors import SYSTEM
from tests.conftest import NOON, find_tenant, run_on_server


@pytest.fixture
def break_ledger(process_database, django_db_blocker):
    """Run a statement in Acme's schema with triggers off, and return what the checks find."""
    with django_db_blocker.unblock():
        acme = find_tenant("acme")
        with tenant_context(acme):
            crediting.credit(500, "USD", reason="", actor=SYSTEM, reference=uuid4(), at=NOON)

    def run(statement):
        quiet = f"set search_path to {acme.schema_name}; set session_replication_role to replica; "
        run_on_server(quiet + statement, process_database)
        with django_db_blocker.unblock(), tenant_context(acme):
            return invariants.violations(at=NOON + timedelta(days=1))

    return run


def test_i9_i10_i17_an_entry_too_much(break_ledger):
    found = break_ledger(
        "insert into billing_ledgerentry (transaction_id, account_id, amount)"
        " select max(t.id), min(a.id), 7 from billing_ledgertransaction t, billing_ledgeraccount a"
    )

    assert any("does not balance" in violation for violation in found)
    assert any("sum to 7" in violation for violation in found)
    assert any("says 500, its entries 507" in violation for violation in found)


def test_i9_a_transaction_without_entries(break_ledger):
    found = break_ledger(
        "insert into billing_ledgertransaction (reference, cause_kind, cause_reference, at, note,"
        " creating_xid, actor_kind, actor_reference, actor_name)"
        " select gen_random_uuid(), cause_kind, gen_random_uuid(), at, note, 0, actor_kind,"
        " actor_reference, actor_name from billing_ledgertransaction limit 1"
    )

    assert any("fewer than two entries" in violation for violation in found)


def test_i11_a_right_too_much(break_ledger):
    found = break_ledger("grant update on billing_ledgerentry to app")

    assert "billing_ledgerentry may be changed by app" in found


def test_i11_a_guard_asleep(break_ledger):
    found = break_ledger(
        "alter table billing_ledgerentry disable trigger billing_ledgerentry_append_only"
    )

    assert "billing_ledgerentry_append_only is missing or off" in found
