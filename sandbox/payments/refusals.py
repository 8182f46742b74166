"""Answers that the SDK turns into its exceptions."""

from typing import Any

from sandbox.payments.books import Record


class Refused(Exception):
    """An answer other than 200; whatever was done before it is undone."""

    def __init__(self, status_code: int, kind: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.body: Record = {"error": {"type": kind, "message": message, **details}}


class InvalidRequest(Refused):
    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(400, "invalid_request_error", message, **details)


class InvalidParameter(InvalidRequest):
    """The request was not begun, so no answer is kept under its idempotency key."""


class NoSuchObject(Refused):
    def __init__(self, kind: str, record_id: str, *, param: str = "id") -> None:
        message = f"No such {kind}: '{record_id}'"
        super().__init__(
            404, "invalid_request_error", message, code="resource_missing", param=param
        )


class CardRefused(Refused):
    """The card was asked and said no: the failed attempt stays in the books."""

    def __init__(self, error: Record) -> None:
        details = {name: value for name, value in error.items() if name not in ("type", "message")}
        super().__init__(402, "card_error", error["message"], **details)


def unexpected_state(intent: Record, message: str) -> InvalidRequest:
    return InvalidRequest(message, code="payment_intent_unexpected_state", payment_intent=intent)
