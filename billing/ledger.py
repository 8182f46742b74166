"""The double-entry ledger of the tenant whose schema is selected.

Entries are signed: positive is value that came into the pocket. Amounts are in minor units. Call
inside the transaction of what moves the money.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.models import Cause, LedgerAccount, LedgerEntry, LedgerTransaction, Pocket
from lifecycle.actors import Actor, done_by


@transaction.atomic
def post(
    cause: Cause,
    cause_reference: UUID,
    entries: list[tuple[Pocket, int]],
    *,
    currency: str,
    at: datetime,
    actor: Actor,
    note: str = "",
    corrects: LedgerTransaction | None = None,
) -> LedgerTransaction:
    """Move money for one cause, and return the first transaction if it has been posted before."""
    accounts = lock_accounts(currency)
    posting, is_new = LedgerTransaction.objects.get_or_create(
        cause_kind=cause,
        cause_reference=cause_reference,
        defaults={"at": at, "note": note, "corrects": corrects, **done_by(actor)},
    )
    if is_new:
        LedgerEntry.objects.bulk_create(
            LedgerEntry(transaction=posting, account=accounts[pocket], amount=amount)
            for pocket, amount in entries
        )
    return posting


@dataclass(frozen=True, slots=True)
class Posting:
    """What moves for one of many causes."""

    cause_reference: UUID
    entries: list[tuple[Pocket, int]]
    note: str = ""


@transaction.atomic
def post_each(
    cause: Cause, postings: Iterable[Posting], *, currency: str, at: datetime, actor: Actor
) -> None:
    """Move money for many causes at once, however many they are in as few statements.

    Raises IntegrityError if one of them has been posted before.
    """
    accounts, postings = lock_accounts(currency), list(postings)
    written = LedgerTransaction.objects.bulk_create(
        LedgerTransaction(
            cause_kind=cause,
            cause_reference=posting.cause_reference,
            at=at,
            note=posting.note,
            **done_by(actor),
        )
        for posting in postings
    )
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=row, account=accounts[pocket], amount=amount)
        for row, posting in zip(written, postings, strict=True)
        for pocket, amount in posting.entries
    )


def earned(amount: int, *, vat: int) -> list[tuple[Pocket, int]]:
    """Return the entries of what is ours of `amount`, and of the tax in it that we owe."""
    shares = [(Pocket.REVENUE, amount - vat), (Pocket.VAT, vat)]
    return [(pocket, share) for pocket, share in shares if share]


def lock_accounts(currency: str) -> dict[Pocket, LedgerAccount]:
    """Lock all pockets of a currency, in the same order everywhere, so that nobody deadlocks."""
    pockets = LedgerAccount.objects.filter(currency=currency).order_by("id")
    pockets = pockets.select_for_update(no_key=True)
    if len(pockets) < len(Pocket):
        LedgerAccount.objects.bulk_create(
            [LedgerAccount(pocket=pocket, currency=currency) for pocket in Pocket],
            ignore_conflicts=True,
        )
        pockets = pockets.all()
    return {Pocket(account.pocket): account for account in pockets}


def find(cause: Cause, cause_reference: UUID) -> LedgerTransaction | None:
    return LedgerTransaction.objects.filter(
        cause_kind=cause, cause_reference=cause_reference
    ).first()


def posted(cause: Cause, cause_references: Iterable[UUID]) -> set[UUID]:
    """Return those of the causes that have moved their money."""
    rows = LedgerTransaction.objects.filter(
        cause_kind=cause, cause_reference__in=list(cause_references)
    )
    return set(rows.values_list("cause_reference", flat=True))


def balance(pocket: Pocket, currency: str) -> int:
    account = LedgerAccount.objects.filter(pocket=pocket, currency=currency).first()
    return account.balance if account else 0


def wallet_balance(currency: str) -> int:
    """Return what the tenant can spend: its balance without what is set aside."""
    return balance(Pocket.WALLET, currency)
