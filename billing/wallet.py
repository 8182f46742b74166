"""Paying from the balance: set aside per line of an order, then spent or given back.

Call inside the transaction of the order or line. Repeating any of these changes nothing.
"""

from datetime import datetime
from uuid import UUID

from billing import ledger
from billing.models import Cause, LedgerEntry, LedgerTransaction, Pocket
from billing.money import money
from lifecycle.actors import SYSTEM, Actor


class BalanceTooLow(Exception):
    """The balance does not cover the amount. The message is for the customer."""


def hold(
    amount: int, currency: str, *, line: UUID, at: datetime, actor: Actor, note: str = ""
) -> None:
    """Set `amount` aside for one line. A line that costs nothing needs nothing set aside.

    Raises BalanceTooLow if less than that is in the balance.
    """
    if not amount or ledger.find(Cause.HELD, line):
        return
    wallet = ledger.lock_accounts(currency)[Pocket.WALLET]
    if wallet.balance < amount:
        raise BalanceTooLow(
            f"This needs {money(amount, currency)}, and your balance is "
            f"{money(wallet.balance, currency)}. Top it up or pay by card."
        )
    entries = [(Pocket.WALLET, -amount), (Pocket.HELD, amount)]
    ledger.post(Cause.HELD, line, entries, currency=currency, at=at, actor=actor, note=note)


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
