"""What a person typed into the card form, and what is wrong with it."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.payments.cards import BY_NUMBER, TestCard, digits_of, passes_luhn

LONGEST_NAME = 100
NOT_A_TEST_CARD = (
    "Your card was declined. This page is in test mode and takes only test cards, such as "
    "4242 4242 4242 4242."
)


@dataclass(frozen=True)
class TypedCard:
    card: TestCard
    expires: tuple[int, int]
    name: str


class FormRefused(Exception):
    """Holds a message for each field that is wrong."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


def read(typed: dict[str, str], *, at: int) -> TypedCard:
    """Raises FormRefused."""
    number = digits_of(typed.get("number", ""))
    card = BY_NUMBER.get(number)
    expires = _expiry(typed.get("expiry", ""))
    cvc = typed.get("cvc", "").strip()
    name = typed.get("name", "").strip()
    messages = {
        "number": _wrong_number(number),
        "expiry": _wrong_expiry(expires, at=at),
        "cvc": _wrong_cvc(cvc, 4 if card and card.brand == "amex" else 3),
        "name": _wrong_name(name),
    }
    errors = {field: message for field, message in messages.items() if message}
    if errors or card is None or expires is None:
        raise FormRefused(errors)
    return TypedCard(card=card, expires=expires, name=name)


def _wrong_number(number: str) -> str | None:
    if not number:
        return "Enter the card number."
    if not re.fullmatch(r"[0-9]{12,19}", number):
        return "A card number has 12 to 19 digits."
    if not passes_luhn(number):
        return "Your card number is invalid. Check each digit."
    return None if number in BY_NUMBER else NOT_A_TEST_CARD


def _expiry(text: str) -> tuple[int, int] | None:
    """Read 04/30, 4 / 2030 and 0430."""
    match = re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*[/ .-]?\s*(20)?([0-9]{2})\s*", text)
    return (int(match[1]), 2000 + int(match[3])) if match else None


def _wrong_expiry(expires: tuple[int, int] | None, *, at: int) -> str | None:
    if expires is None:
        return "Enter the month and the year, such as 04/30."
    today = datetime.fromtimestamp(at, UTC)
    month, year = expires
    if (year, month) < (today.year, today.month):
        return "Your card's expiration date is in the past."
    return None


def _wrong_cvc(cvc: str, length: int) -> str | None:
    if re.fullmatch(rf"[0-9]{{{length}}}", cvc):
        return None
    return f"Enter the security code of {length} digits."


def _wrong_name(name: str) -> str | None:
    if not name:
        return "Enter the name on the card."
    return None if len(name) <= LONGEST_NAME else "This name is too long."
