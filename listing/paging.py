"""Pages of a list, cut by key: the thousandth is as fast as the first, and none is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest

PAGE_SIZE = 50

_Row = TypeVar("_Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[_Row]):
    """Some rows of a list, and the addresses of the pages around them ("" where there is none)."""

    rows: Sequence[_Row]
    previous: str
    next: str


def page_by_key(
    rows: QuerySet[_Row],
    request: HttpRequest,
    *,
    key: str,
    newest_first: bool = False,
    size: int = PAGE_SIZE,
) -> Page[_Row]:
    """Return the page that `?after=KEY` or `?before=KEY` names, ordered by the unique column `key`.

    A key that is none of ours begins at the start. One query, and no count.
    """
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    is_backwards = bool(before) and not after
    is_descending = newest_first != is_backwards
    edge = _value(rows, key, before if is_backwards else after)
    if edge is not None:
        rows = rows.filter(**{f"{key}__{'lt' if is_descending else 'gt'}": edge})
    found = list(rows.order_by(f"-{key}" if is_descending else key)[: size + 1])
    has_more, found = len(found) > size, found[:size]
    if is_backwards:
        found.reverse()
    has_earlier, has_later = (has_more, True) if is_backwards else (edge is not None, has_more)
    if not found:
        return Page(found, _address(request), "") if edge is not None else Page(found, "", "")
    return Page(
        found,
        _address(request, before=getattr(found[0], key)) if has_earlier else "",
        _address(request, after=getattr(found[-1], key)) if has_later else "",
    )


def _value(rows: QuerySet[Any], key: str, typed: str) -> Any:
    """Return what was typed as the column's own type, or None if it is no value of it."""
    if not typed or "\0" in typed:
        return None
    try:
        return rows.model._meta.get_field(key).to_python(typed)
    except ValidationError:
        return None


def _address(request: HttpRequest, **edge: object) -> str:
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    for name, value in edge.items():
        query[name] = str(value)
    return f"?{query.urlencode()}"
