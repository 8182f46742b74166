"""expand[]: an id in the answer is replaced by the record it names."""

import json
from typing import Any

from sandbox.payments.books import Books, Record
from sandbox.payments.refusals import InvalidParameter


def expanded(books: Books, answer: Record, paths: list[str]) -> Record:
    """Return the answer with each dotted path followed, through lists too."""
    if not paths:
        return answer
    copy: Record = json.loads(json.dumps(answer))
    for path in paths:
        _follow(books, copy, path.split("."), path)
    return copy


def _follow(books: Books, holder: Any, names: list[str], path: str) -> None:
    if isinstance(holder, list):
        for entry in holder:
            _follow(books, entry, names, path)
        return
    name, *rest = names
    if not isinstance(holder, dict) or name not in holder:
        raise InvalidParameter(f"This property cannot be expanded ({path}).", param="expand")
    if isinstance(holder[name], str):
        record = books.find(holder[name])
        if record is None:
            raise InvalidParameter(f"This property cannot be expanded ({path}).", param="expand")
        holder[name] = record
    if rest and holder[name] is not None:
        _follow(books, holder[name], rest, path)
