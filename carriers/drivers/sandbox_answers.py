"""What the sandbox carrier's JSON means. Whatever does not fit raises ContractViolation."""

import json
import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any

from carriers.driver import (
    E164,
    AccountHealth,
    CarrierError,
    CarrierOrder,
    CarrierOrderLine,
    ContractViolation,
    LineStatus,
    Offer,
    OwnedNumber,
    OwnedPage,
    Refusal,
    Rejected,
    Release,
)

NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
NUMBER_TYPES = {"geographic", "national", "mobile", "toll_free"}
STATUSES = {
    "pending": LineStatus.PENDING,
    "needs_documents": LineStatus.NEEDS_DOCUMENTS,
    "success": LineStatus.DELIVERED,
    "failure": LineStatus.FAILED,
}
REFUSALS = {
    "not_available": Refusal.NOT_AVAILABLE,
    "invalid": Refusal.INVALID,
    "needs_address": Refusal.NEEDS_ADDRESS,
    "needs_documents": Refusal.NEEDS_DOCUMENTS,
    "insufficient_funds": Refusal.INSUFFICIENT_FUNDS,
    "limit": Refusal.LIMIT,
}
# More is no price of a number but a fault, and would not fit our column either.
MOST_EXPENSIVE = Decimal(100_000)


def parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise ContractViolation(f"not JSON: {body[:80]!r}") from error


def read_refusal(body: bytes, status: int, what: str) -> CarrierError:
    """Return what an error answer means: a refusal in the carrier's words, if it has any."""
    try:
        [said, *_] = parse(body)["errors"]
        code, detail = str(said["code"]), str(said.get("detail") or said.get("title") or "")
    except (ContractViolation, KeyError, TypeError, ValueError, AttributeError):
        return ContractViolation(f"{what}: {status} {body[:80]!r}")
    unknown = Refusal.NOT_FOUND if status == HTTPStatus.NOT_FOUND else Refusal.OTHER
    return Rejected(f"{code}: {detail}"[:200], refusal=REFUSALS.get(code, unknown))


def rows_of(answer: Any) -> list[Any]:
    rows = mapping(answer).get("data")
    if not isinstance(rows, list):
        raise ContractViolation(f"no list of data in {str(answer)[:80]}")
    return rows


def mapping(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise ContractViolation(f"no object: {str(answer)[:80]}")
    return answer


def text(answer: dict[str, Any], name: str, *, default: str | None = None) -> str:
    found = answer.get(name)
    if found is None and default is not None:
        return default
    if not isinstance(found, str):
        raise ContractViolation(f"{name} is no text in {str(answer)[:80]}")
    return found


def number(answer: dict[str, Any]) -> E164:
    found = text(answer, "number")
    if not NUMBER.fullmatch(found):
        raise ContractViolation(f"no E.164 number: {found[:40]}")
    return E164(found)


def amount(answer: dict[str, Any], name: str) -> Decimal:
    try:
        found = Decimal(text(answer, name))
    except InvalidOperation as error:
        raise ContractViolation(f"{name} is no amount") from error
    if not found.is_finite():
        raise ContractViolation(f"{name} is no amount")
    return found


def price(answer: dict[str, Any], name: str) -> Decimal:
    found = amount(answer, name)
    if not 0 <= found < MOST_EXPENSIVE:
        raise ContractViolation(f"{name} is no price: {found}")
    return found


def moment(answer: dict[str, Any], name: str) -> datetime | None:
    found = text(answer, name, default="")
    try:
        read = datetime.fromisoformat(found) if found else None
    except ValueError as error:
        raise ContractViolation(f"{name} is no time: {found[:40]}") from error
    if read is not None and read.tzinfo is None:
        raise ContractViolation(f"{name} has no time zone: {found[:40]}")
    return read


def words(answer: dict[str, Any], name: str) -> list[str]:
    found = answer.get(name) or []
    if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
        raise ContractViolation(f"{name} is no list of words")
    return found


def read_account(answer: Any) -> AccountHealth:
    answer = mapping(answer)
    return AccountHealth(
        balance=amount(answer, "balance"),
        currency=text(answer, "currency")[:3],
        is_healthy=answer.get("healthy") is True,
    )


def read_offer(answer: Any) -> Offer:
    answer = mapping(answer)
    number_type = text(answer, "type")
    if number_type not in NUMBER_TYPES:
        raise ContractViolation(f"no type of number: {number_type[:40]}")
    return Offer(
        number=number(answer),
        country=text(answer, "country")[:2],
        number_type=number_type,
        region=text(answer, "region", default="")[:8],
        npa=text(answer, "npa", default="")[:6],
        nxx=text(answer, "nxx", default="")[:8],
        locality=text(answer, "locality", default="")[:80],
        rate_center=text(answer, "rate_center", default="")[:40],
        features=frozenset(words(answer, "features")),
        setup=price(answer, "setup"),
        monthly=price(answer, "monthly"),
        currency=text(answer, "currency")[:3],
        requirements=tuple(words(answer, "requirements")),
        is_hold_supported=answer.get("hold_supported") is True,
        expires_at=moment(answer, "expires_at"),
    )


def read_order(answer: Any) -> CarrierOrder:
    answer = mapping(answer)
    lines = answer.get("numbers")
    if not isinstance(lines, list) or not text(answer, "id"):
        raise ContractViolation(f"no order: {str(answer)[:80]}")
    return CarrierOrder(
        order_id=text(answer, "id")[:64],
        reference=text(answer, "customer_reference", default=""),
        raw_status=text(answer, "status")[:64],
        lines=[read_line(line) for line in lines],
    )


def read_line(answer: Any) -> CarrierOrderLine:
    answer = mapping(answer)
    raw_status = text(answer, "status")
    status = STATUSES.get(raw_status, LineStatus.UNKNOWN)
    reason = text(answer, "reason", default="")
    number_id = text(answer, "number_id", default="")[:64]
    if status == LineStatus.DELIVERED and not number_id:
        raise ContractViolation(f"delivered without an id: {str(answer)[:80]}")
    return CarrierOrderLine(
        number=number(answer),
        status=status,
        raw_status=raw_status[:64],
        number_id=number_id,
        refusal=REFUSALS.get(reason, Refusal.OTHER) if status == LineStatus.FAILED else None,
        detail=": ".join(filter(None, [reason, text(answer, "detail", default="")]))[:200],
    )


def read_owned(answer: Any) -> OwnedNumber:
    answer = mapping(answer)
    return OwnedNumber(
        number=number(answer),
        number_id=text(answer, "number_id")[:64],
        raw_status=text(answer, "status", default="")[:64],
        reference=text(answer, "customer_reference", default=""),
    )


def read_owned_page(answer: Any) -> OwnedPage:
    numbers = [read_owned(row) for row in rows_of(answer)]
    return OwnedPage(numbers, next_cursor=text(mapping(answer), "next_cursor", default="") or None)


def read_release(answer: Any) -> Release:
    answer = mapping(answer)
    return Release(number(answer), moment(answer, "effective_at"))
