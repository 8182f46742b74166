"""How far an order and its lines are, in words, colours and steps."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from purchase.models import LineState, Order, OrderLine, PayBy
from purchase.returning import Return


@dataclass(frozen=True, slots=True)
class Status:
    """A dot of `tone`, a word and what it means."""

    tone: str
    label: str
    hint: str


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    # done, current, todo or failed, as c-step draws them.
    state: str
    note: str = ""


LINE_STATUS = {
    LineState.PLACED: Status("idle", "Waiting for payment", "Held for you until you have paid."),
    LineState.PAID: Status("info", "Paid", "Its delivery is next."),
    LineState.ORDERING: Status("info", "Ordering", "The carrier is being asked for it."),
    LineState.UNKNOWN: Status(
        "info",
        "Checking",
        "The carrier has not answered. We look up what became of it before anything is repeated.",
    ),
    LineState.PENDING: Status("info", "On order", "The carrier has taken the order."),
    LineState.NEEDS_DOCUMENTS: Status(
        "warn", "Documents checked", "The carrier checks documents before it delivers."
    ),
    LineState.DELIVERED: Status("ok", "Delivered", "It is yours, under My numbers."),
    LineState.REFUSED: Status("bad", "Refused", "It will not come, and you do not pay for it."),
    LineState.CANCELLED: Status("idle", "Cancelled", "The payment did not go through."),
}
AWAITS_REGISTRATION = Status(
    "warn",
    "Awaiting registration",
    "It is yours and paid for, and works once its registration has been approved.",
)
WITH_CARRIER = {
    LineState.ORDERING: "being sent",
    LineState.UNKNOWN: "no answer yet, looking it up",
    LineState.PENDING: "accepted",
    LineState.NEEDS_DOCUMENTS: "documents are checked",
}


NO_RETURNS: Mapping[UUID, Return] = {}


@dataclass(frozen=True, slots=True)
class LineProgress:
    line: OrderLine
    status: Status
    steps: Sequence[Step]
    # What became of its money, if it will not come and costs anything.
    returned: Return | None
    money_back: str


@dataclass(frozen=True, slots=True)
class OrderProgress:
    """An order with its lines as they stand; amounts in minor units, with tax unless net."""

    order: Order
    lines: Sequence[LineProgress]
    status: Status
    final: int
    delivered: int

    @property
    def is_final(self) -> bool:
        return self.final == self.total

    @property
    def total(self) -> int:
        return len(self.lines)

    @property
    def others(self) -> int:
        """How many numbers there are beside the first."""
        return self.total - 1

    @property
    def net(self) -> int:
        return sum(each.line.net for each in self.lines)

    @property
    def vat_amount(self) -> int:
        return sum(each.line.vat_amount for each in self.lines)

    @property
    def free(self) -> OrderLine | None:
        """The number that was given free of charge."""
        return next((each.line for each in self.lines if each.line.is_free), None)

    @property
    def awaiting(self) -> int:
        """How many of its numbers work only once their registration has been approved."""
        return sum(each.status is AWAITS_REGISTRATION for each in self.lines)

    @property
    def delivered_amount(self) -> int:
        return self._amount(LineState.DELIVERED)

    @property
    def returned(self) -> list[tuple[str, int]]:
        """What became of the money for numbers that will not come, and of how much."""
        prices = [(each.returned, each.line.price) for each in self.lines]
        sums = [(one.label, sum(price for how, price in prices if how is one)) for one in Return]
        return [(label, amount) for label, amount in sums if amount]

    @property
    def held_amount(self) -> int:
        return sum(line.price for line in self._open if not line.charged_at)

    @property
    def charged_ahead(self) -> int:
        """What was charged before its delivery, because that takes long."""
        return sum(line.price for line in self._open if line.charged_at)

    @property
    def _open(self) -> list[OrderLine]:
        return [each.line for each in self.lines if not each.line.is_final]

    def _amount(self, state: LineState) -> int:
        return sum(each.line.price for each in self.lines if each.line.state == state)


def of_order(
    order: Order, *, awaiting: Collection[UUID] = (), returns: Mapping[UUID, Return] = NO_RETURNS
) -> OrderProgress:
    """Read the progress from the order's lines, prefetched or not.

    `awaiting` are the references of holdings whose registration is open; `returns` says what
    became of the money for refused lines, by their references.
    """
    lines = sorted(order.lines.all(), key=lambda line: line.digits)
    return OrderProgress(
        order,
        [_of_line(line, order, awaiting, returns.get(line.reference)) for line in lines],
        status_of(lines),
        final=sum(line.is_final for line in lines),
        delivered=sum(line.state == LineState.DELIVERED for line in lines),
    )


def _of_line(
    line: OrderLine, order: Order, awaiting: Collection[UUID], returned: Return | None
) -> LineProgress:
    status = LINE_STATUS[LineState(line.state)]
    if line.state == LineState.DELIVERED and line.holding in awaiting:
        status = AWAITS_REGISTRATION
    money_back = returned.said_of(line, order) if returned else ""
    return LineProgress(line, status, steps_of(line, order, returned), returned, money_back)


def status_of(lines: Sequence[OrderLine]) -> Status:
    """Derive the order's status: it has none of its own."""
    states = {line.state for line in lines}
    if LineState.PLACED in states:
        return Status("warn", "Waiting for payment", "Nothing is ordered before it is paid.")
    if states == {LineState.CANCELLED}:
        return Status("idle", "Cancelled", "It was not paid, and nothing was charged.")
    if any(not line.is_final for line in lines):
        return Status("info", "Being delivered", "Most numbers come within seconds.")
    if states == {LineState.DELIVERED}:
        return Status("ok", "Delivered", "All its numbers are yours.")
    if LineState.DELIVERED in states:
        return Status("warn", "Partly delivered", "You do not pay for what was refused.")
    return Status("bad", "Refused", "No number came, and you pay for none.")


def steps_of(line: OrderLine, order: Order, returned: Return | None) -> list[Step]:
    """Tell the way of one number: held, paid, with the carrier, delivered."""
    state = LineState(line.state)
    if state == LineState.CANCELLED:
        return [Step("Held", "done"), Step("Not paid", "failed")]
    is_paid = state != LineState.PLACED
    paid = Step("Card held" if order.pay_by == PayBy.CARD else "Paid", _done(is_paid))
    steps = [Step("Held", "done"), paid]
    if state == LineState.REFUSED:
        return [*steps, Step("Refused", "failed", returned.label.lower() if returned else "")]
    is_delivered = state == LineState.DELIVERED
    at_carrier = "done" if is_delivered else ("current" if is_paid else "todo")
    ordered = Step("Ordered", at_carrier, WITH_CARRIER.get(state, ""))
    return [*steps, ordered, Step("Delivered", "done" if is_delivered else "todo")]


def _done(is_done: bool) -> str:
    return "done" if is_done else "current"
