"""What a tenant owns, owes and has paid. Amounts are in minor units of their currency."""

from billing.models.cards import BillingProfile, CardAddition, SavedCard
from billing.models.ledger import (
    NEVER_NEGATIVE,
    Cause,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    Pocket,
)
from billing.models.payments import (
    Payment,
    PaymentPurpose,
    PaymentState,
    Refund,
    RefundState,
    StripeCall,
)
from billing.models.periods import BillingPeriod
from billing.models.top_ups import TopUp

__all__ = [
    "NEVER_NEGATIVE",
    "BillingPeriod",
    "BillingProfile",
    "CardAddition",
    "Cause",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerTransaction",
    "Payment",
    "PaymentPurpose",
    "PaymentState",
    "Pocket",
    "Refund",
    "RefundState",
    "SavedCard",
    "StripeCall",
    "TopUp",
]
