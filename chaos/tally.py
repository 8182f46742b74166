"""What became of a run's orders, so that nobody calls a run good in which too little happened."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from chaos.books import Row, Shelf

# An order may be of several.
KINDS = [
    "by quantity",
    "partly delivered",
    "both of these",
    "charged for a part only",
    "refunded to the card",
    "refunded to the balance instead",
    "given back to the balance",
    "returned with VAT",
]


def count_kinds(shelves: Iterable[Shelf], *, picked: Collection[str]) -> Counter[str]:
    """Tell how many orders were of each kind; `picked` are the digits taken by quantity."""
    counts: Counter[str] = Counter()
    for shelf in shelves:
        refunds = {row["line"]: row["state"] for row in shelf.refunds}
        orders: dict[str, list[Row]] = {}
        for line in shelf.lines:
            orders.setdefault(str(line["order"]), []).append(line)
        for lines in orders.values():
            counts.update(set(kinds_of(lines, refunds, picked)))
    return counts


def kinds_of(
    lines: Collection[Row], refunds: Mapping[object, str], picked: Collection[str]
) -> Iterator[str]:
    states = {line["state"] for line in lines}
    is_by_quantity = any(line["digits"] in picked for line in lines)
    is_partly = {"delivered", "refused"} <= states
    if is_by_quantity:
        yield "by quantity"
    if is_partly:
        yield "partly delivered"
    if is_by_quantity and is_partly:
        yield "both of these"
    for line in lines:
        if line["state"] == "refused" and line["price"]:
            yield from ways_of_return(line, refunds.get(line["reference"], ""), is_partly=is_partly)


def ways_of_return(line: Row, refund: str, *, is_partly: bool) -> Iterator[str]:
    """Tell how the money of a line came back that was not delivered."""
    if line["pay_by"] == "wallet":
        yield "given back to the balance"
    elif refund == "succeeded":
        yield "refunded to the card"
    elif refund == "failed":
        yield "refunded to the balance instead"
    elif is_partly and not line["charged_at"]:
        yield "charged for a part only"
    if line["vat_amount"]:
        yield "returned with VAT"


def told(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[kind]} {kind}" for kind in KINDS)


def missing(counts: Counter[str]) -> list[str]:
    """Return what did not happen in a run that was long enough for it: nothing is proved of it."""
    return [f"no order was {kind}" for kind in KINDS if not counts[kind]]
