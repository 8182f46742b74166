"""Changing a tenant's balance by hand: a bank transfer, goodwill, the demo's opening balance."""

from datetime import datetime
from uuid import UUID

from billing import ledger
from billing.models import Cause, LedgerTransaction, Pocket
from lifecycle.actors import Actor


def credit(
    amount: int, currency: str, *, reason: str, actor: Actor, reference: UUID, at: datetime
) -> LedgerTransaction:
    """Add `amount` to the balance; the same `reference` once only."""
    entries = [(Pocket.BANK, -amount), (Pocket.WALLET, amount)]
    return ledger.post(
        Cause.CREDIT, reference, entries, currency=currency, at=at, actor=actor, note=reason
    )
