"""Pages of a list, cut by key: the thousandth is as fast as the first, and none is counted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest

PAGE_SIZE = 50

_Row = TypeVar("_Row")
_Record = TypeVar("_Record", bound=Model)
_Edge = TypeVar("_Edge")


@dataclass(frozen=True, slots=True)
class Page(Generic[_Row]):
    """Some rows of a list, and the addresses of the pages around them ("" where there is none)."""

    rows: Sequence[_Row]
    previous: str
    next: str


def page_by_key(
    rows: QuerySet[_Record],
    request: HttpRequest,
    *,
    key: str,
    newest_first: bool = False,
    size: int = PAGE_SIZE,
) -> Page[_Record]:
    """Return the page that `?after=KEY` or `?before=KEY` names, ordered by the unique column `key`.

    A key that is none of ours begins at the start. One query, and no count.
    """

    def read(edge: Any, is_backwards: bool, limit: int) -> Sequence[_Record]:
        is_descending = newest_first != is_backwards
        wanted = rows
        if edge is not None:
            wanted = rows.filter(**{f"{key}__{'lt' if is_descending else 'gt'}": edge})
        return list(wanted.order_by(f"-{key}" if is_descending else key)[:limit])

    return page_of(
        read,
        request,
        to_edge=lambda typed: _value(rows, key, typed),
        to_key=lambda row: getattr(row, key),
        size=size,
    )


def page_of(
    read: Callable[[_Edge | None, bool, int], Sequence[_Row]],
    request: HttpRequest,
    *,
    to_edge: Callable[[str], _Edge | None],
    to_key: Callable[[_Row], object],
    size: int = PAGE_SIZE,
) -> Page[_Row]:
    """Return the page of a list that a query set cannot say.

    `read(edge, is_backwards, limit)` returns the rows next to an edge, the nearest first. `to_key`
    writes a row's key for the address, and `to_edge` reads it: None if it is none of ours.
    """
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    is_backwards = bool(before) and not after
    typed = before if is_backwards else after
    edge = to_edge(typed) if typed else None
    found = list(read(edge, is_backwards, size + 1))
    has_more, found = len(found) > size, found[:size]
    if is_backwards:
        found.reverse()
    has_earlier, has_later = (has_more, True) if is_backwards else (edge is not None, has_more)
    if not found:
        return Page(found, _address(request), "") if edge is not None else Page(found, "", "")
    return Page(
        found,
        _address(request, before=to_key(found[0])) if has_earlier else "",
        _address(request, after=to_key(found[-1])) if has_later else "",
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
