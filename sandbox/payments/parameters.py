"""Stripe's nested form, read and held against the SDK's own typed parameters."""

import re
import sys
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from stripe import RequestOptions

from sandbox.payments.books import Record
from sandbox.payments.refusals import InvalidParameter

LARGEST_AMOUNT = 99_999_999


def parse_form(form: str) -> Record:
    """Read metadata[order]=7 as {"metadata": {"order": "7"}} and expand[0]=x as a list."""
    parsed: Record = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        *folders, leaf = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name) or [name]
        target = parsed
        for folder in folders:
            deeper = target.setdefault(folder, {})
            if not isinstance(deeper, dict):
                raise InvalidParameter(f"Invalid hash: {folder}", param=name)
            target = deeper
        target[leaf or str(len(target))] = value
    return {name: _with_lists(name, value) for name, value in parsed.items()}


def _with_lists(name: str, value: Any) -> Any:
    if not isinstance(value, dict) or name == "metadata":
        return value
    entries = {key: _with_lists(key, entry) for key, entry in value.items()}
    return list(entries.values()) if all(key.isdigit() for key in entries) else entries


def check(given: Record, accepted: type, supported: frozenset[str]) -> None:
    """Refuse what Stripe does not know, what it misses, and what this sandbox does not act on."""
    _refuse_unknown(given, [accepted])
    for name in sorted(vars(accepted)["__required_keys__"] - given.keys()):
        raise InvalidParameter(
            f"Missing required param: {name}.", code="parameter_missing", param=name
        )
    for name in sorted(given.keys() - supported - {"expand"}):
        message = f"Stripe knows {name}, but this sandbox does not act on it."
        raise InvalidParameter(message, code="sandbox_unsupported", param=name)


def _refuse_unknown(given: Record, accepted: list[type], path: str = "") -> None:
    known = _names(accepted)
    for name, value in sorted(given.items()):
        shown = f"{path}[{name}]" if path else name
        if name not in known:
            message = f"Received unknown parameter: {shown}"
            raise InvalidParameter(message, code="parameter_unknown", param=shown)
        nested = _nested(accepted, name)
        for entry in value if isinstance(value, list) else [value]:
            if nested and isinstance(entry, dict):
                _refuse_unknown(entry, nested, shown)


def _names(accepted: list[type]) -> set[str]:
    names = {name for params in accepted for name in params.__annotations__}
    return names - RequestOptions.__annotations__.keys()


def _nested(accepted: list[type], name: str) -> list[type]:
    """Return the classes the SDK declares for what lies inside this parameter."""
    return [
        getattr(sys.modules[params.__module__], inner)
        for params in accepted
        for inner in re.findall(r"\w+Params\w+", repr(params.__annotations__.get(name)))
    ]


def is_true(given: Record, name: str) -> bool:
    return bool(given.get(name) == "true")


def amount(given: Record, name: str) -> int:
    """Return an amount in minor units, from 1 on."""
    text = str(given[name])
    if not re.fullmatch(r"-?[0-9]+", text):
        message = f"Invalid integer: {text}"
        raise InvalidParameter(message, code="parameter_invalid_integer", param=name)
    if int(text) < 1:
        message = "This value must be greater than or equal to 1."
        raise InvalidParameter(message, code="parameter_invalid_integer", param=name)
    if int(text) > LARGEST_AMOUNT:
        message = f"{name} must be no more than {LARGEST_AMOUNT}."
        raise InvalidParameter(message, code="amount_too_large", param=name)
    return int(text)


def address(given: Record, name: str) -> str | None:
    """Return an absolute http(s) address, or None where none was given."""
    text: str | None = given.get(name)
    if text is not None and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", text):
        raise InvalidParameter("Not a valid URL", code="url_invalid", param=name)
    return text


def with_query(url: str, **values: str) -> str:
    """Add values to an address that may have some already."""
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(values)}"


def merged_metadata(before: dict[str, str], given: Record) -> dict[str, str]:
    """Return the metadata after a call; an empty value unsets its key, an empty whole all keys."""
    if "metadata" not in given:
        return before
    changes: dict[str, str] | str = given["metadata"]
    if isinstance(changes, str):
        return {}
    return {name: value for name, value in {**before, **changes}.items() if value != ""}
