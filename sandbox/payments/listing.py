"""Lists, newest first, by page."""

import json
import re
from typing import Any

from sandbox.payments import looking_up
from sandbox.payments.books import Record
from sandbox.payments.call import Call
from sandbox.payments.refusals import InvalidParameter

USUAL_LIMIT = 10
LARGEST_LIMIT = 100
COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
# Each is a field of the records themselves.
FILTERS = ["charge", "customer", "email", "payment_intent", "status", "type"]
URLS = {"checkout.session": "/v1/checkout/sessions"}


def list_records(call: Call, kind: str, **fixed: str) -> Record:
    limit = _limit(call.given)
    conditions, values = _conditions(call, {**call.given, **fixed}, kind)
    is_backwards = "ending_before" in call.given
    rows = call.books.execute(
        f"SELECT body FROM records WHERE {' AND '.join(conditions)} "
        f"ORDER BY seq {'ASC' if is_backwards else 'DESC'} LIMIT ?",
        *values,
        limit + 1,
    )
    found: list[Any] = [json.loads(body) for (body,) in rows[:limit]]
    page = empty_list(URLS.get(kind, f"/v1/{kind}s"))
    return page | {
        "data": found[::-1] if is_backwards else found,
        "has_more": len(rows) > limit,
    }


def empty_list(url: str) -> Record:
    return {"object": "list", "url": url, "has_more": False, "data": []}


def _limit(given: Record) -> int:
    text = str(given.get("limit", USUAL_LIMIT))
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= LARGEST_LIMIT:
        message = f"limit must be between 1 and {LARGEST_LIMIT}."
        raise InvalidParameter(message, code="parameter_invalid_integer", param="limit")
    return int(text)


def _conditions(call: Call, wanted: Record, kind: str) -> tuple[list[str], list[Any]]:
    conditions: list[str] = ["kind = ?"]
    values: list[Any] = [kind]
    for field in FILTERS:
        if field in wanted and not (kind == "payment_method" and field == "type"):
            comparison = "GLOB" if "*" in wanted[field] else "="
            conditions.append(f"json_extract(body, '$.{field}') {comparison} ?")
            values.append(wanted[field])
    if types := wanted.get("types"):
        marks = ", ".join("?" * len(types))
        conditions.append(f"json_extract(body, '$.type') IN ({marks})")
        values += types
    for param, comparison in {"starting_after": "<", "ending_before": ">"}.items():
        if param in wanted:
            looking_up.get(call.books, kind, wanted[param], param=param)
            conditions.append(f"seq {comparison} (SELECT seq FROM records WHERE id = ?)")
            values.append(wanted[param])
    for comparison, moment in _created(wanted.get("created", {})).items():
        conditions.append(f"created {comparison} ?")
        values.append(moment)
    return conditions, values


def _created(window: Any) -> dict[str, int]:
    bounds = window if isinstance(window, dict) else {"": window}
    for name, text in bounds.items():
        if not str(text).isdigit():
            message = f"Invalid integer: {text}"
            raise InvalidParameter(
                message, code="parameter_invalid_integer", param=f"created[{name}]"
            )
    return {COMPARISONS.get(name, "="): int(text) for name, text in bounds.items()}
