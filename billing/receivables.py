"""Paying by card: what a delivered line owes until its order's card payment is captured.

Positive in the pocket "owed" is money received before its delivery, negative is a delivery before
its money; with nothing under way it is zero. Call inside the transaction of the line or payment.
"""

from datetime import datetime
from uuid import UUID

from billing import ledger
from billing.models import Cause, Pocket
from lifecycle.actors import SYSTEM


def deliver(
    line: UUID, amount: int, currency: str, *, vat: int, at: datetime, note: str = ""
) -> None:
    """Earn the price of a line that has been delivered and is paid by card; `vat` of it is tax."""
    if amount:
        entries = [(Pocket.OWED, -amount), *ledger.earned(amount, vat=vat)]
        ledger.post(
            Cause.DELIVERED, line, entries, currency=currency, at=at, actor=SYSTEM, note=note
        )


def collect(order: UUID, amount: int, currency: str, *, at: datetime) -> None:
    """Receive what was captured of an order's card payment."""
    entries = [(Pocket.CARD, -amount), (Pocket.OWED, amount)]
    ledger.post(Cause.CAPTURED, order, entries, currency=currency, at=at, actor=SYSTEM)


def refund(line: UUID, amount: int, currency: str, *, at: datetime) -> None:
    """Return to the card what was captured for a line that will not be delivered."""
    entries = [(Pocket.OWED, -amount), (Pocket.CARD, amount)]
    ledger.post(Cause.REFUNDED, line, entries, currency=currency, at=at, actor=SYSTEM)


def credit_failed_refund(line: UUID, amount: int, currency: str, *, at: datetime) -> None:
    """Give to the balance what the card did not take back, whether it had seemed to or not."""
    refunded = ledger.find(Cause.REFUNDED, line)
    source = Pocket.CARD if refunded else Pocket.OWED
    ledger.post(
        Cause.REFUND_FAILED,
        line,
        [(source, -amount), (Pocket.WALLET, amount)],
        currency=currency,
        at=at,
        actor=SYSTEM,
        corrects=refunded,
    )
