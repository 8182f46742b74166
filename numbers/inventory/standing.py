"""How a held number stands, in one table: the word, the colour, and what it means."""

from dataclasses import dataclass
from datetime import datetime

from stock.models import Holding, HoldingState


@dataclass(frozen=True, slots=True)
class Standing:
    label: str
    tone: str
    meaning: str


STANDINGS = {
    HoldingState.PENDING: Standing(
        "Being delivered", "info", "The carrier is delivering it, normally within seconds."
    ),
    HoldingState.PORTING: Standing(
        "Porting in", "info", "It works here from the day it is ported."
    ),
    HoldingState.AWAITING_REGISTRATION: Standing(
        "Awaiting registration", "warn", "It works once its registration is approved."
    ),
    HoldingState.ACTIVE: Standing("Active", "ok", "It is yours and in service."),
    HoldingState.SUSPENDED: Standing("Suspended", "bad", "It is blocked until it is paid."),
    HoldingState.CANCELLING: Standing(
        "Cancelled", "warn", "It works until its paid period ends, and does not renew."
    ),
    HoldingState.DELAYED_REMOVAL: Standing(
        "Delayed service removal", "warn", "No billing cycles are left: it ends with its period."
    ),
    HoldingState.AGING: Standing(
        "Terminated", "bad", "It no longer works and is kept for a while."
    ),
    HoldingState.CLOSED: Standing("Removed", "idle", "It has left your account."),
}


@dataclass(frozen=True, slots=True)
class QuickFilter:
    """A chip above the list and the states that fall under it."""

    key: str
    label: str
    tone: str
    states: frozenset[HoldingState]


QUICK_FILTERS = [
    QuickFilter("", "All", "", frozenset(HoldingState) - {HoldingState.CLOSED}),
    QuickFilter(
        "active",
        "Active",
        "ok",
        frozenset({HoldingState.ACTIVE, HoldingState.CANCELLING, HoldingState.DELAYED_REMOVAL}),
    ),
    QuickFilter("pending", "Being delivered", "info", frozenset({HoldingState.PENDING})),
    QuickFilter(
        "registration",
        "Awaiting registration",
        "warn",
        frozenset({HoldingState.AWAITING_REGISTRATION}),
    ),
    QuickFilter(
        "expiring",
        "Expiring soon",
        "warn",
        frozenset({HoldingState.CANCELLING, HoldingState.DELAYED_REMOVAL}),
    ),
    QuickFilter("suspended", "Suspended", "bad", frozenset({HoldingState.SUSPENDED})),
    QuickFilter("terminated", "Terminated", "bad", frozenset({HoldingState.AGING})),
    QuickFilter("porting", "Porting in progress", "info", frozenset({HoldingState.PORTING})),
]


def standing(holding: Holding) -> Standing:
    return STANDINGS[HoldingState(holding.state)]


def days_left(holding: Holding, *, at: datetime) -> int | None:
    """Return the whole days of paid time that remain, at least 0; None before there is any."""
    if holding.paid_until is None:
        return None
    return max((holding.paid_until - at).days, 0)


def cycles(holding: Holding) -> str:
    """Say how often it will renew."""
    if holding.cycles_left is None:
        return "Unlimited"
    return f"{holding.cycles_left} left"
