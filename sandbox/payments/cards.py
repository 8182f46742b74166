"""The test cards: each number chooses what happens, as at Stripe."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Decline:
    code: str
    decline_code: str
    message: str


@dataclass(frozen=True)
class TestCard:
    number: str
    brand: str = "visa"
    decline: Decline | None = None
    needs_authentication: bool = False
    refund_fails: bool = False
    note: str = "pays"

    @property
    def last4(self) -> str:
        return self.number[-4:]


DECLINED = Decline("card_declined", "generic_decline", "Your card was declined.")
NO_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
LOST = Decline("card_declined", "lost_card", "Your card was declined.")
EXPIRED = Decline("expired_card", "expired_card", "Your card has expired.")
WRONG_CVC = Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")
BROKEN = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
)
NEEDS_OWNER = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)

TEST_CARDS = [
    TestCard("4242424242424242"),
    TestCard("5555555555554444", brand="mastercard"),
    TestCard("378282246310005", brand="amex"),
    TestCard("4000000000000002", decline=DECLINED, note="is declined when charged"),
    TestCard("4000000000000341", decline=DECLINED, note="can be saved, then is declined"),
    TestCard("4000000000009995", decline=NO_FUNDS, note="has insufficient funds"),
    TestCard("4000000000009987", decline=LOST, note="was lost"),
    TestCard("4000000000000069", decline=EXPIRED, note="has expired"),
    TestCard("4000000000000127", decline=WRONG_CVC, note="has another security code"),
    TestCard("4000000000000119", decline=BROKEN, note="cannot be processed"),
    TestCard("4000002500003155", needs_authentication=True, note="asks its owner each time"),
    TestCard("4000002760003184", needs_authentication=True, note="asks its owner each time"),
    TestCard(
        "4000008400001629",
        decline=DECLINED,
        needs_authentication=True,
        note="asks its owner, then is declined",
    ),
    TestCard("4000000000005126", refund_fails=True, note="pays; its refunds fail later"),
]
BY_NUMBER = {card.number: card for card in TEST_CARDS}
BY_LAST4 = {card.last4: card for card in TEST_CARDS}
# Stripe's own names for payment methods, so that tests need no card form.
BY_NAME = {
    "pm_card_visa": BY_LAST4["4242"],
    "pm_card_mastercard": BY_LAST4["4444"],
    "pm_card_amex": BY_LAST4["0005"],
    "pm_card_visa_chargeDeclined": BY_LAST4["0002"],
    "pm_card_visa_chargeDeclinedInsufficientFunds": BY_LAST4["9995"],
    "pm_card_chargeDeclinedExpiredCard": BY_LAST4["0069"],
    "pm_card_chargeDeclinedIncorrectCvc": BY_LAST4["0127"],
    "pm_card_chargeDeclinedProcessingError": BY_LAST4["0119"],
    "pm_card_chargeCustomerFail": BY_LAST4["0341"],
    "pm_card_authenticationRequired": BY_LAST4["3184"],
    "pm_card_authenticationRequiredOnSetup": BY_LAST4["3155"],
    "pm_card_refundFail": BY_LAST4["5126"],
}


def digits_of(text: str) -> str:
    """Return a card number as people type it, without spaces and dashes."""
    return re.sub(r"[\s-]", "", text)


def passes_luhn(number: str) -> bool:
    """Tell whether the check digit fits (ISO/IEC 7812-1, annex B)."""
    if not re.fullmatch(r"[0-9]{12,19}", number):
        return False
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(number))]
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0
