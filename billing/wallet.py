"""Paying from the balance: set aside per line of an order, then spent or given back.

Call inside the transaction of the order or line. Repeating any of these changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing import ledger
from billing.ledger import Posting
from billing.models import Cause, LedgerEntry, LedgerTransaction, Pocket
from billing.money import money
from lifecycle.actors import SYSTEM, Actor


class BalanceTooLow(Exception):
    """The balance does not cover the amount. The message is for the customer."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one line of an order costs, in minor units."""

    line: UUID
    amount: int
    note: str = ""


def hold(shares: Iterable[Share], currency: str, *, at: datetime, actor: Actor) -> None:
    """Set each line's share aside. A line that costs nothing needs nothing set aside.

    Raises BalanceTooLow if less than all of that is in the balance.
    """
    shares = [share for share in shares if share.amount]
    if not shares:
        return
    wallet = ledger.lock_accounts(currency)[Pocket.WALLET]
    held = ledger.posted(Cause.HELD, [share.line for share in shares])
    shares = [share for share in shares if share.line not in held]
    amount = sum(share.amount for share in shares)
    if wallet.balance < amount:
        raise BalanceTooLow(
            f"This needs {money(amount, currency)}, and your balance is "
            f"{money(wallet.balance, currency)}. Top it up or pay by card."
        )
    postings = [
        Posting(
            share.line, [(Pocket.WALLET, -share.amount), (Pocket.HELD, share.amount)], share.note
        )
        for share in shares
    ]
    ledger.post_each(Cause.HELD, postings, currency=currency, at=at, actor=actor)


def take(line: UUID, *, vat: int, at: datetime) -> None:
    """Spend what is set aside for the line, `vat` of it as tax: it is delivered."""
    if held := ledger.find(Cause.HELD, line):
        amount, currency = _held(held)
        entries = [(Pocket.HELD, -amount), *ledger.earned(amount, vat=vat)]
        ledger.post(
            Cause.TAKEN, line, entries, currency=currency, at=at, actor=SYSTEM, note=held.note
        )


def give_back(line: UUID, *, at: datetime) -> None:
    """Return what is set aside for the line to the balance: it will not be delivered."""
    if held := ledger.find(Cause.HELD, line):
        amount, currency = _held(held)
        entries = [(Pocket.HELD, -amount), (Pocket.WALLET, amount)]
        ledger.post(
            Cause.GIVEN_BACK, line, entries, currency=currency, at=at, actor=SYSTEM, note=held.note
        )


def _held(posting: LedgerTransaction) -> tuple[int, str]:
    entry = LedgerEntry.objects.select_related("account").get(
        transaction=posting, account__pocket=Pocket.HELD
    )
    return entry.amount, entry.account.currency
