"""How far an operation has come, and what a carrier's last word comes to for the customer."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from carriers.driver import CarrierOrderLine, LineStatus, Refusal
from carriers.models import Operation, Verdict

REASONS: dict[str, str] = {
    Refusal.NOT_AVAILABLE: "Somebody else bought this number first.",
    Refusal.INVALID: "The carrier does not know this number.",
    Refusal.NEEDS_ADDRESS: "The carrier sells this number only to customers with an address there.",
    Refusal.NEEDS_DOCUMENTS: "The carrier asks for documents that we do not have.",
}
REASON = "The carrier could not deliver this number."
WAITS_FOR_DOCUMENTS = "The carrier asks for documents before it delivers this number."
GONE = {Refusal.NOT_AVAILABLE, Refusal.INVALID, Refusal.NOT_FOUND}

State = Literal["sent_again_later", "pending", "needs_documents", "delivered", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an operation has come. `reason` is for the customer, if it was refused."""

    state: State
    reason: str = ""
    carrier_number_id: str = ""
    # When to ask again, if the carrier or the situation says so.
    retry_after: timedelta | None = None
    # The carrier has no such number to sell, to nobody.
    is_gone: bool = False


def verdict_of(line: CarrierOrderLine) -> str:
    """Return what the line's status decides; nothing while it is open."""
    if line.status == LineStatus.DELIVERED:
        return Verdict.DELIVERED
    if line.status == LineStatus.FAILED:
        return verdict_on(line.refusal or Refusal.OTHER)
    return ""


def verdict_on(refusal: Refusal) -> str:
    return Verdict.GONE if refusal in GONE else Verdict.REFUSED


def tell_verdict(operation: Operation) -> Progress:
    if operation.verdict == Verdict.DELIVERED:
        return Progress("delivered", carrier_number_id=operation.carrier_number_id)
    is_gone = operation.verdict == Verdict.GONE
    reason = REASONS.get(refusal_in(operation.carrier_reason), REASON)
    return Progress("refused", reason=reason, is_gone=is_gone)


def refusal_in(reason: str) -> Refusal:
    """Read back why the carrier said no, from its own words as the driver has put them."""
    code = reason.partition(":")[0]
    return Refusal(code) if code in set(Refusal) else Refusal.OTHER
