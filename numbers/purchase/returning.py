"""What became of the money for numbers that will not come."""

from collections.abc import Iterable
from enum import Enum
from uuid import UUID

from billing.models import Payment, PaymentState, Refund, RefundState
from billing.money import money
from purchase.models import LineState, Order, OrderLine, PayBy


class Return(Enum):
    """What a sum of it is called, and what is said of one number."""

    NEVER_CHARGED = "Never charged", "was never charged."
    GIVEN_BACK = "Back in the balance", "is back in the balance."
    UNDER_WAY = "Charged and being refunded", "was charged to {card} and is being refunded."
    REFUNDED = "Refunded to the card", "was refunded to {card}."
    CREDITED = "Credited to the balance", "was credited to the balance: {card} did not take it."

    def __init__(self, label: str, words: str) -> None:
        self.label, self.words = label, words

    def said_of(self, line: OrderLine, order: Order) -> str:
        amount = money(line.price, line.currency)
        return f"{amount} {self.words.format(card=order.card_name)}"


OF_REFUND = {
    RefundState.PLANNED: Return.UNDER_WAY,
    RefundState.SENDING: Return.UNDER_WAY,
    RefundState.SUCCEEDED: Return.REFUNDED,
    RefundState.FAILED: Return.CREDITED,
}


def returns_of(order: Order, lines: Iterable[OrderLine]) -> dict[UUID, Return]:
    """Tell what became of the price of each line that was refused, by the line's reference."""
    refused = [line for line in lines if line.state == LineState.REFUSED and line.price]
    if order.pay_by == PayBy.WALLET:
        return {line.reference: Return.GIVEN_BACK for line in refused}
    charged = {line.reference for line in refused if line.charged_at}
    # The bank may have let go of the card before it was charged for what was chosen.
    if charged and Payment.objects.filter(order=order.reference, state=PaymentState.VOIDED):
        charged = set()
    refunds = Refund.objects.filter(line__in=charged).values_list("line", "state")
    returns = {line: OF_REFUND[RefundState(state)] for line, state in refunds}
    return {
        line.reference: returns.get(
            line.reference,
            Return.UNDER_WAY if line.reference in charged else Return.NEVER_CHARGED,
        )
        for line in refused
    }
