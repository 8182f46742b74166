from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from billing import ledger
from billing.models import Cause, LedgerAccount, LedgerEntry, LedgerTransaction, Pocket
from lifecycle.actors import SYSTEM
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("tenant")


def post(*entries, cause=Cause.CREDIT, reference=None, currency="USD"):
    reference = reference or uuid4()
    return ledger.post(cause, reference, list(entries), currency=currency, at=NOON, actor=SYSTEM)


@transaction.atomic
def post_and_commit(*entries):
    """Let the deferred triggers run as they do when a transaction is committed."""
    post(*entries)
    connection.cursor().execute("set constraints all immediate")


def test_moves_the_balances_of_both_pockets():
    post((Pocket.BANK, -500), (Pocket.WALLET, 500))

    assert ledger.wallet_balance("USD") == 500
    assert ledger.balance(Pocket.BANK, "USD") == -500


def test_says_who_and_why():
    posting = post((Pocket.BANK, -500), (Pocket.WALLET, 500))

    assert (posting.actor, posting.cause_kind, posting.at) == (SYSTEM, "credit", NOON)


def test_the_same_cause_is_posted_once():
    reference = uuid4()
    first = post((Pocket.BANK, -500), (Pocket.WALLET, 500), reference=reference)

    again = post((Pocket.BANK, -500), (Pocket.WALLET, 500), reference=reference)

    assert again == first
    assert ledger.wallet_balance("USD") == 500


def test_currencies_do_not_mix():
    post((Pocket.BANK, -500), (Pocket.WALLET, 500), currency="EUR")

    assert (ledger.wallet_balance("USD"), ledger.wallet_balance("EUR")) == (0, 500)


def test_entries_that_do_not_sum_to_zero_are_refused():
    with pytest.raises(IntegrityError, match="does not sum to zero"):
        post_and_commit((Pocket.BANK, -500), (Pocket.WALLET, 499))


def test_a_transaction_without_entries_is_refused():
    with pytest.raises(IntegrityError, match="fewer than two entries"):
        post_and_commit()


@pytest.mark.parametrize("pocket", [Pocket.WALLET, Pocket.HELD, Pocket.REVENUE])
def test_some_pockets_are_never_overdrawn(pocket):
    with pytest.raises(IntegrityError, match="not_overdrawn"), transaction.atomic():
        post((pocket, -1), (Pocket.BANK, 1))


def test_an_entry_moves_something():
    with pytest.raises(IntegrityError, match="moves_something"), transaction.atomic():
        post((Pocket.WALLET, 0), (Pocket.BANK, 0))


@pytest.mark.parametrize("table", ["billing_ledgertransaction", "billing_ledgerentry"])
@pytest.mark.parametrize("change", ["update {} set id = id", "delete from {}", "truncate {}"])
def test_nothing_posted_is_ever_changed(table, change):
    post((Pocket.BANK, -500), (Pocket.WALLET, 500))

    with pytest.raises(Exception, match=r"permission denied|append-only"), transaction.atomic():
        connection.cursor().execute(change.format(table))


@pytest.mark.parametrize(
    "change",
    [
        "update billing_ledgeraccount set balance = 1000000 where pocket = 'wallet'",
        "update billing_ledgeraccount set currency = 'BTC' where pocket = 'wallet'",
        "insert into billing_ledgeraccount (pocket, currency, balance) values ('bank', 'GBP', 9)",
        "delete from billing_ledgeraccount",
    ],
)
def test_a_balance_moves_by_entries_alone(change):
    post((Pocket.BANK, -500), (Pocket.WALLET, 500))

    with pytest.raises(IntegrityError, match="ledger entries alone"), transaction.atomic():
        connection.cursor().execute(change)


def test_the_database_signs_each_transaction():
    posting = post((Pocket.BANK, -500), (Pocket.WALLET, 500))

    posting.refresh_from_db()
    assert posting.creating_xid > 0


def test_an_entry_for_an_earlier_transaction_is_refused():
    posting = LedgerTransaction(cause_kind=Cause.CREDIT, cause_reference=uuid4(), at=NOON)
    posting.pk = 10**9
    account = LedgerAccount.objects.create(pocket=Pocket.BANK, currency="USD")

    with pytest.raises(IntegrityError, match="written together"), transaction.atomic():
        LedgerEntry.objects.create(transaction=posting, account=account, amount=5)
