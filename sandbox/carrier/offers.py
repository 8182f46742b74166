"""What may be bought now: a search over it, and the complete feed."""

import sqlite3
from collections.abc import Iterator
from itertools import islice

from sandbox.carrier.answers import Refused, encode, format_money
from sandbox.carrier.behaviour import load_behaviour

DEFAULT_LIMIT = 50
LARGEST_SEARCH = 1000
LARGEST_PAGE = 10_000
LINES_PER_CHUNK = 500

EQUAL = {
    "country": "country",
    "region": "region",
    "npa": "npa",
    "nxx": "nxx",
    "rate_center": "rate_center",
    "locality": "locality",
    "type": "type",
    "number": "number",
}
# What is looked for stands in the number's digits; a national number begins after +1 as well.
PATTERNS = {
    "starts_with": "(number GLOB '+' || :starts_with || '*'"
    " OR number GLOB '+1' || :starts_with || '*')",
    "contains": "number GLOB '*' || :contains || '*'",
    "ends_with": "number GLOB '*' || :ends_with",
}
PARAMETERS = {*EQUAL, *PATTERNS, "features", "limit"}


def search_offers(connection: sqlite3.Connection, query: dict[str, str]) -> dict[str, object]:
    """Raises Refused."""
    unknown = query.keys() - PARAMETERS
    if unknown:
        known = ", ".join(sorted(PARAMETERS))
        raise Refused(400, "invalid", f"unknown: {', '.join(sorted(unknown))}; known: {known}")
    conditions = ["status = 'available'"]
    values: dict[str, str | int] = {}
    for name in sorted(query.keys() & EQUAL.keys()):
        conditions.append(f"{EQUAL[name]} = :{name}")
        values[name] = query[name]
    for name in sorted(query.keys() & PATTERNS.keys()):
        if not query[name].isdecimal():
            raise Refused(400, "invalid", f"{name}: digits only")
        conditions.append(PATTERNS[name])
        values[name] = query[name]
    for position, feature in enumerate(filter(None, query.get("features", "").split(","))):
        conditions.append(f"',' || features || ',' LIKE '%,' || :feature{position} || ',%'")
        values[f"feature{position}"] = feature
    where = " AND ".join(conditions)
    total = connection.execute(f"SELECT count(*) FROM numbers WHERE {where}", values).fetchone()[0]
    values["limit"] = read_limit(query, DEFAULT_LIMIT, LARGEST_SEARCH)
    rows = connection.execute(
        f"SELECT * FROM numbers WHERE {where} ORDER BY number LIMIT :limit", values
    )
    is_hold_supported = load_behaviour(connection).hold_seconds > 0
    offers = [describe_offer(row, is_hold_supported) for row in rows]
    return {"data": offers, "meta": {"total": total}}


def list_offers(connection: sqlite3.Connection, query: dict[str, str]) -> dict[str, object]:
    """Give one page of the feed, in the order of the numbers."""
    limit = read_limit(query, 5000, LARGEST_PAGE)
    rows = connection.execute(
        "SELECT * FROM numbers WHERE number > ? AND status = 'available' ORDER BY number LIMIT ?",
        [query.get("cursor", ""), limit + 1],
    ).fetchall()
    is_hold_supported = load_behaviour(connection).hold_seconds > 0
    return {
        "data": [describe_offer(row, is_hold_supported) for row in rows[:limit]],
        "next_cursor": rows[limit - 1]["number"] if len(rows) > limit else None,
        "total": count_offers(connection),
    }


def count_offers(connection: sqlite3.Connection) -> int:
    query = "SELECT count(*) FROM numbers WHERE status = 'available'"
    total: int = connection.execute(query).fetchone()[0]
    return total


def open_feed(connection: sqlite3.Connection) -> tuple[int, Iterator[bytes]]:
    """Give the number of offers, and all of them: an offer to a line, many lines at a time."""
    is_hold_supported = load_behaviour(connection).hold_seconds > 0
    rows = connection.execute("SELECT * FROM numbers WHERE status = 'available' ORDER BY number")
    # While these rows are being read, the connection sees one moment: the count is theirs.
    total = count_offers(connection)
    lines = (encode(describe_offer(row, is_hold_supported)) + b"\n" for row in rows)
    chunks = iter(lambda: b"".join(islice(lines, LINES_PER_CHUNK)), b"")
    return total, chunks


def read_limit(query: dict[str, str], usual: int, largest: int) -> int:
    limit = query.get("limit", str(usual))
    if not limit.isdecimal() or not 1 <= int(limit) <= largest:
        raise Refused(400, "invalid", f"limit: from 1 to {largest}")
    return int(limit)


def describe_offer(row: sqlite3.Row, is_hold_supported: bool) -> dict[str, object]:
    return {
        "number": row["number"],
        "country": row["country"],
        "type": row["type"],
        "region": row["region"],
        "npa": row["npa"],
        "nxx": row["nxx"],
        "locality": row["locality"],
        "rate_center": row["rate_center"],
        "features": row["features"].split(","),
        "monthly": format_money(row["monthly"]),
        "setup": format_money(row["setup"]),
        "currency": "USD",
        "requirements": row["requirements"].split(",") if row["requirements"] else [],
        "hold_supported": is_hold_supported,
        "expires_at": None,
    }
