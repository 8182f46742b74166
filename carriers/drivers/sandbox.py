"""The sandbox carrier of `sandbox/carrier`: numbers that nobody can call, and every fault."""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from carriers.driver import (
    E164,
    AccountHealth,
    Ambiguous,
    AuthFailed,
    Capabilities,
    CarrierError,
    CarrierOrder,
    ContractViolation,
    NotSent,
    Offer,
    OfferPage,
    OwnedNumber,
    OwnedPage,
    Refusal,
    Rejected,
    Release,
    SearchQuery,
    Throttled,
)
from carriers.drivers import sandbox_answers as answers

CONNECT_SECONDS = 3.0
READ_SECONDS = 15.0
# All of one answer, however slowly it drips; well below the lease of whoever waits for it.
ANSWER_SECONDS = 30.0
MAX_ANSWER_BYTES = 10_000_000
OFFERS_PER_PAGE = 10_000
OWNED_PER_PAGE = 1000
DEFAULT_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
NEVER_CONNECTED = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.ProxyError,
)
NOT_LET_IN = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
# Both come from a request that may still be under way.
STILL_OPEN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT}


class SandboxCarrier:
    name = "sandbox"

    def __init__(self, *, url: str, key: str) -> None:
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {key}", "Accept": "application/json"},
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            # Whatever the environment says about proxies is not for money.
            trust_env=False,
        )

    def capabilities(self) -> Capabilities:
        return Capabilities(
            has_feed=True, has_holds=True, is_purchase_synchronous=False, has_sms=True
        )

    def check_account(self) -> AccountHealth:
        return answers.read_account(self._call("GET", "/v1/account"))

    def search(self, query: SearchQuery) -> list[Offer]:
        wanted = {
            "country": query.country,
            "type": query.number_type,
            "region": query.region,
            "locality": query.locality,
            "npa": query.npa,
            "nxx": query.nxx,
            "rate_center": query.rate_center,
            "starts_with": query.starts_with,
            "contains": query.contains,
            "ends_with": query.ends_with,
            "number": query.number or "",
            "features": ",".join(sorted(query.features)),
            "limit": str(query.limit),
        }
        given = {name: value for name, value in wanted.items() if value}
        found = self._call("GET", "/v1/available_numbers", params=given)
        return [answers.read_offer(offer) for offer in answers.rows_of(found)]

    def list_offers(self) -> Iterator[OfferPage]:
        """Give the complete feed in pages. Raises when it breaks off, or names another total."""
        seen = 0
        headers = {"Accept": "application/x-ndjson"}
        with self._open("GET", "/v1/offers", headers=headers) as response:
            total = response.headers.get("X-Total", "")
            for lines in self._pages_of_lines(response):
                seen += len(lines)
                yield read_page(lines)
        if total and total != str(seen):
            raise ContractViolation(f"The feed ended after {seen} of {total} offers.")

    def list_owned(self, cursor: str = "") -> OwnedPage:
        params = {"cursor": cursor, "limit": str(OWNED_PER_PAGE)} if cursor else {}
        return answers.read_owned_page(self._call("GET", "/v1/owned", params=params))

    def get_owned(self, number: E164) -> OwnedNumber | None:
        found = self._find(f"/v1/owned/{quote(number)}")
        return None if found is None else answers.read_owned(found)

    def purchase(self, numbers: Sequence[E164], *, reference: UUID) -> CarrierOrder:
        order = {"customer_reference": str(reference), "numbers": list(numbers)}
        return answers.read_order(self._call("POST", "/v1/orders", json=order))

    def find_order(self, reference: UUID) -> list[CarrierOrder]:
        wanted = {"customer_reference": str(reference)}
        found = self._call("GET", "/v1/orders", params=wanted)
        orders = [answers.read_order(order) for order in answers.rows_of(found)]
        # A carrier that ignores the filter would hand us somebody else's order.
        return [order for order in orders if order.reference == str(reference)]

    def get_order(self, order_id: str) -> CarrierOrder | None:
        found = self._find(f"/v1/orders/{quote(order_id)}")
        return None if found is None else answers.read_order(found)

    def release(self, number: E164, *, reference: UUID) -> Release:
        wanted = {"customer_reference": str(reference)}
        found = self._call("DELETE", f"/v1/owned/{quote(number)}", json=wanted)
        return answers.read_release(found)

    def _call(self, method: str, path: str, **request: Any) -> Any:
        """Return the JSON of the carrier's answer, or raise what it means."""
        with self._open(method, path, **request) as response:
            body = read_body(response)
        if response.is_error:
            raise answers.read_refusal(body, response.status_code, f"{method} {path}")
        return answers.parse(body)

    def _find(self, path: str) -> Any:
        """Return the JSON of one thing, or None if the carrier itself says there is none."""
        try:
            return self._call("GET", path)
        except Rejected as rejected:
            if rejected.refusal == Refusal.NOT_FOUND:
                return None
            raise

    def _open(self, method: str, path: str, **request: Any) -> "Answer":
        return Answer(self._http, self._http.build_request(method, path, **request))

    def _pages_of_lines(self, response: httpx.Response) -> Iterator[list[str]]:
        if response.is_error:
            raise answers.read_refusal(read_body(response), response.status_code, "offers")
        lines: list[str] = []
        for line in response.iter_lines():
            lines.append(line)
            if len(lines) == OFFERS_PER_PAGE:
                yield lines
                lines = []
        yield lines


class Answer:
    """One exchange with the carrier, whose failures come out as what we know about them."""

    def __init__(self, http: httpx.Client, request: httpx.Request) -> None:
        self._http = http
        self._request = request
        self._what = f"{request.method} {request.url.path}"
        self._response: httpx.Response | None = None

    def __enter__(self) -> httpx.Response:
        try:
            self._response = self._http.send(self._request, stream=True)
        except NEVER_CONNECTED as error:
            raise NotSent(f"{self._what}: {error!r}") from error
        except httpx.HTTPError as error:
            raise Ambiguous(f"{self._what}: {error!r}") from error
        try:
            refuse_by_status(self._response, self._what)
        except CarrierError:
            self._response.close()
            raise
        return self._response

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        assert self._response is not None
        self._response.close()
        if isinstance(error, httpx.HTTPError | httpx.StreamError):
            raise Ambiguous(f"{self._what}: {error!r}") from error


def refuse_by_status(response: httpx.Response, what: str) -> None:
    """Raise what the status alone says, whatever the body."""
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = read_wait(response.headers)
        raise Throttled(f"{what}: {status}", retry_after=wait)
    if status in NOT_LET_IN:
        raise AuthFailed(f"{what}: {status}")
    if status in STILL_OPEN or not (response.is_success or response.is_client_error):
        raise Ambiguous(f"{what}: {status}")


def read_wait(headers: Mapping[str, str]) -> timedelta:
    """Read Retry-After in seconds; the default if it says anything else."""
    said = headers.get("Retry-After", "").strip()
    if not re.fullmatch(r"[0-9]{1,9}", said):
        return DEFAULT_WAIT
    return min(timedelta(seconds=int(said)), LONGEST_WAIT)


def read_body(response: httpx.Response) -> bytes:
    """Read the whole answer, unless it takes too long or has no end."""
    deadline = time.monotonic() + ANSWER_SECONDS
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if time.monotonic() > deadline:
            raise Ambiguous(f"{response.url.path}: no whole answer in {ANSWER_SECONDS:.0f} s")
        if len(body) > MAX_ANSWER_BYTES:
            raise ContractViolation(f"{response.url.path}: more than {MAX_ANSWER_BYTES} bytes")
    return bytes(body)


def read_page(lines: Sequence[str]) -> OfferPage:
    """Read lines of the feed. One bad entry is counted and costs us nothing but itself."""
    offers = []
    unreadable = 0
    for line in lines:
        try:
            offers.append(answers.read_offer(json.loads(line)))
        except (ValueError, ContractViolation):
            unreadable += 1
    return OfferPage(offers, unreadable)
