"""Comparing our books with those of the carrier, the payment provider and the mail server."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from chaos.books import Books, Row, Shelf, is_explained
from chaos.house import House

FINAL = {"delivered", "refused", "cancelled"}
Truth = dict[str, Any]


def compare(house: House, *, extra_letters: int) -> Iterator[str]:
    """Yield what does not fit. At most `extra_letters` mails may have arrived a second time."""
    with Books(house.database_url()) as books:
        shelves = books.shelves()
        mails = books.read("select key, message_id, state from notices_outboxmail")
    yield from compare_carrier(shelves, house.ask("carrier", "/sandbox/truth"))
    yield from compare_holders(shelves)
    yield from compare_payments(shelves, house.ask("payments", "/sandbox/truth"))
    letters = house.ask("mailbox", "/messages.json")["messages"]
    yield from compare_mails(shelves, mails, letters, extra_letters=extra_letters)


def compare_carrier(shelves: list[Shelf], truth: Truth) -> Iterator[str]:
    """Each number we are billed for is a delivered line's, and the other way round."""
    lines = {str(line["reference"]): line for shelf in shelves for line in shelf.lines}
    owned: dict[str, str] = {}
    for number in truth["owned"]:
        digits, reference = number["number"].lstrip("+"), number["customer_reference"]
        if digits in owned:
            yield f"carrier: {digits} is owned twice, by {owned[digits]} and {reference}"
        owned[digits] = reference
        line = lines.get(reference)
        if line is None or line["digits"] != digits:
            yield f"carrier: {digits} is owned with {reference}, which no line of ours has"
        elif line["state"] != "delivered" and not is_explained(line):
            yield f"carrier: {digits} is owned and its line {reference} is {line['state']}"
    for line in lines.values():
        is_bought = line["state"] == "delivered" and line["operation"] is not None
        if is_bought and owned.get(line["digits"]) != str(line["reference"]):
            yield f"carrier: {line['digits']} of line {line['reference']} is not owned with it"
    for digits, count in Counter(charge["number"] for charge in truth["charges"]).items():
        if count > 1:
            yield f"carrier: {digits} was charged to us {count} times"


def compare_holders(shelves: list[Shelf]) -> Iterator[str]:
    """Each number is held by one tenant, and by the one that ordered it."""
    holders = Counter(held["digits"] for shelf in shelves for held in shelf.held)
    for digits, count in holders.items():
        if count > 1:
            yield f"holders: {digits} is held by {count} tenants"
    for shelf in shelves:
        held = {each["digits"]: each["state"] for each in shelf.held}
        expected = {
            line["digits"]: expected_state(line)
            for line in shelf.lines
            if line["state"] not in {"refused", "cancelled", "placed"}
        }
        for digits in sorted(held.keys() | expected.keys()):
            if held.get(digits) != expected.get(digits):
                yield (
                    f"holders: {shelf.name} holds {digits} as {held.get(digits)},"
                    f" its order says {expected.get(digits)}"
                )


def expected_state(line: Row) -> str:
    """Return how the holding of a line stands that was paid."""
    if line["state"] != "delivered":
        return "pending"
    return "awaiting_registration" if line["needs_registration"] else "active"


def compare_payments(shelves: list[Shelf], truth: Truth) -> Iterator[str]:
    """What the provider took and gave back is, to the cent, what each order's lines came to."""
    intents: dict[str, list[Row]] = {}
    for intent in truth["payment_intents"]:
        intents.setdefault(intent["metadata"].get("order", "none"), []).append(intent)
    refunds: dict[str, list[Row]] = {}
    for refund in truth["refunds"]:
        refunds.setdefault(refund["payment_intent"], []).append(refund)
    for shelf in shelves:
        orders: dict[str, list[Row]] = {}
        for line in shelf.lines:
            orders.setdefault(str(line["order"]), []).append(line)
        for order, lines in orders.items():
            asked = intents.pop(order, [])
            given = [refund for intent in asked for refund in refunds.get(intent["id"], [])]
            yield from compare_order(shelf, order, lines, asked, given)
            yield from compare_refunds(shelf, order, lines, given)
            yield from compare_balance(shelf, order, lines, given)
        for payment in shelf.payments:
            if payment["purpose"] == "top_up":
                yield from compare_top_up(shelf, payment, intents.pop(str(payment["order"]), []))
    for order, strays in intents.items():
        for intent in strays:
            if intent["status"] != "canceled":
                what = f"{intent['id']} is {intent['status']}"
                yield f"payments: {what} for order {order}, which is none of ours"


def compare_order(
    shelf: Shelf, order: str, lines: list[Row], intents: list[Row], refunds: list[Row]
) -> Iterator[str]:
    where = f"payments: {shelf.name} order {order}"
    due = sum(line["price"] for line in lines if line["state"] == "delivered")
    charged_ahead = sum(
        line["price"] for line in lines if line["state"] not in FINAL and line["charged_at"]
    )
    is_by_card = lines[0]["pay_by"] == "card"
    captured = sum(intent["amount_received"] for intent in intents)
    # What the card did not take back is in the balance, where `compare_balance` looks for it.
    returned = sum(refund["amount"] for refund in refunds)
    if captured - returned != (due + charged_ahead if is_by_card else 0):
        yield f"{where}: captured {captured} - refunded {returned}, delivered for {due}"
    if sum(intent["amount_received"] > 0 for intent in intents) > 1 or len(intents) > 1:
        yield f"{where}: {len(intents)} payment intents"
    for intent in intents:
        if intent["status"] in {"requires_capture", "processing"}:
            yield f"{where}: {intent['id']} still holds {intent['amount']}"
    tax = sum(line["vat_amount"] for line in lines if line["state"] == "delivered")
    posted: Counter[str] = Counter()
    for row in shelf.earned:
        if row["cause_reference"] in {line["reference"] for line in lines}:
            posted[row["pocket"]] += row["amount"]
    if (posted["revenue"], posted["vat"]) != (due - tax, tax):
        yield f"{where}: posted {dict(posted)}, delivered for {due - tax} and {tax} VAT"


def compare_refunds(
    shelf: Shelf, order: str, lines: list[Row], refunds: list[Row]
) -> Iterator[str]:
    """Each refund is the whole price, with tax, of a line that was charged and refused, once."""
    where = f"refunds: {shelf.name} order {order}"
    refused = {
        str(line["reference"]): line["price"]
        for line in lines
        if line["state"] == "refused" and line["charged_at"]
    }
    for refund in refunds:
        reference = refund["metadata"].get("line", "none")
        if refund["amount"] != refused.pop(reference, 0):
            yield f"{where}: {refund['id']} of {refund['amount']} for line {reference}"
    ours = {row["refund_id"]: row["state"] for row in shelf.refunds if str(row["order"]) == order}
    theirs = {refund["id"]: refund["status"] for refund in refunds}
    if ours != theirs:
        yield f"{where}: {ours} here, {theirs} there"


def compare_balance(
    shelf: Shelf, order: str, lines: list[Row], refunds: list[Row]
) -> Iterator[str]:
    """The balance paid for what came or may come, and took in what the card did not take back."""
    is_by_card = lines[0]["pay_by"] == "card"
    kept = {"refused", "cancelled", "placed"}
    due = 0 if is_by_card else sum(line["price"] for line in lines if line["state"] not in kept)
    failed = sum(refund["amount"] for refund in refunds if refund["status"] == "failed")
    references = {line["reference"] for line in lines}
    moved = sum(row["amount"] for row in shelf.balance if row["cause_reference"] in references)
    if moved != failed - due:
        yield (
            f"balance: {shelf.name} order {order}: moved by {moved},"
            f" delivered for {due}, not taken back by the card {failed}"
        )


def compare_top_up(shelf: Shelf, payment: Row, intents: list[Row]) -> Iterator[str]:
    """What the provider took for the balance came into it, once."""
    where = f"payments: {shelf.name} top-up {payment['order']}"
    taken = sum(intent["amount_received"] for intent in intents)
    came = sum(
        row["amount"] for row in shelf.topped_up if row["cause_reference"] == payment["order"]
    )
    if not taken == came == payment["captured"]:
        yield f"{where}: taken {taken}, in the balance {came}, recorded {payment['captured']}"
    if len(intents) > 1:
        yield f"{where}: {len(intents)} payment intents"
    for intent in intents:
        if intent["status"] in {"requires_capture", "processing"}:
            yield f"{where}: {intent['id']} still holds {intent['amount']}"


def compare_mails(
    shelves: list[Shelf], mails: list[Row], letters: list[Row], *, extra_letters: int
) -> Iterator[str]:
    """Each order that was sent off was confirmed once, and each that has ended has a receipt."""
    arrived = Counter(letter["message_id"] for letter in letters)
    by_key = {mail["key"]: mail["message_id"] for mail in mails}
    for mail in mails:
        if not arrived[mail["message_id"]]:
            yield f"mails: {mail['key']} is {mail['state']} and has not arrived"
    for message_id in arrived.keys() - set(by_key.values()):
        yield f"mails: {message_id} arrived and is none of ours"
    again = sum(arrived.values()) - len(arrived)
    if again > extra_letters:
        yield f"mails: {again} arrived a second time"
    for shelf in shelves:
        for row in shelf.topped_up:
            if f"{shelf.reference}:top-up-receipt:{row['cause_reference']}" not in by_key:
                yield f"mails: {shelf.name} top-up {row['cause_reference']} has no receipt"
        by_order: dict[str, list[Row]] = {}
        for line in shelf.lines:
            by_order.setdefault(str(line["order"]), []).append(line)
        for order, lines in by_order.items():
            states = {line["state"] for line in lines}
            if states & {"cancelled", "placed"}:
                continue
            expected = ["confirmed", "receipt"] if states <= FINAL else ["confirmed"]
            for page in expected:
                if f"{shelf.reference}:order-{page}:{order}" not in by_key:
                    yield f"mails: {shelf.name} order {order} has no mail {page}"
