"""What the driver makes of answers, good and bad: the classes of carriers.md 1.2."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
import respx

from carriers.driver import (
    E164,
    Ambiguous,
    AuthFailed,
    CarrierError,
    ContractViolation,
    LineStatus,
    NotSent,
    Refusal,
    Rejected,
    SearchQuery,
    Throttled,
)
from carriers.drivers import sandbox
from carriers.drivers.sandbox import SandboxCarrier

URL = "http://carrier.example"
NUMBER = E164("+15015550100")
REFERENCE = UUID("018f6d5e-0000-7000-8000-000000000007")
ORDER: dict[str, Any] = {
    "id": "ord_1",
    "customer_reference": str(REFERENCE),
    "status": "pending",
    "numbers": [{"number": NUMBER, "status": "pending", "number_id": None}],
}
OFFER = {
    "number": NUMBER,
    "country": "US",
    "type": "geographic",
    "region": "AR",
    "npa": "501",
    "nxx": "555",
    "locality": "Little Rock",
    "rate_center": "LITTLEROCK",
    "features": ["voice", "sms"],
    "monthly": "0.40",
    "setup": "0.20",
    "currency": "USD",
    "requirements": [],
    "hold_supported": True,
    "expires_at": None,
}


@pytest.fixture
def driver():
    return SandboxCarrier(url=URL, key="key")


@pytest.fixture
def carrier():
    with respx.mock(base_url=URL) as router:
        yield router


def refusal(code):
    return json.dumps({"errors": [{"code": code, "title": "No", "detail": "Sorry."}]})


def changed(order, **changes):
    return json.dumps(order | changes)


def line(**changes):
    return [ORDER["numbers"][0] | changes]


# Status, headers, body, and what we know about the order afterwards.
BAD_ANSWERS = [
    (200, {}, "", ContractViolation),
    (200, {}, "<html><body>OK</body></html>", ContractViolation),
    (200, {}, "null", ContractViolation),
    (200, {}, "[]", ContractViolation),
    (200, {}, '"done"', ContractViolation),
    (200, {}, '{"id": "ord_1"', ContractViolation),
    (200, {}, "{}", ContractViolation),
    (201, {}, changed(ORDER, id=7), ContractViolation),
    (201, {}, changed(ORDER, id=""), ContractViolation),
    (201, {}, changed(ORDER, numbers=None), ContractViolation),
    (201, {}, changed(ORDER, numbers={"number": NUMBER}), ContractViolation),
    (201, {}, changed(ORDER, numbers=["+15015550100"]), ContractViolation),
    (201, {}, changed(ORDER, numbers=line(number="15015550100")), ContractViolation),
    (201, {}, changed(ORDER, numbers=line(number="+1 501 555")), ContractViolation),
    (201, {}, changed(ORDER, numbers=line(status=None)), ContractViolation),
    (201, {}, changed(ORDER, numbers=line(status="success")), ContractViolation),
    (201, {}, "\x00\x01\x02", ContractViolation),
    (202, {}, "accepted", ContractViolation),
    (204, {}, "", ContractViolation),
    (301, {"Location": "/elsewhere"}, "", Ambiguous),
    (400, {}, refusal("invalid"), Rejected),
    (400, {}, "<html>Bad Request</html>", ContractViolation),
    (401, {}, refusal("unauthorized"), AuthFailed),
    (403, {}, "<html>Forbidden</html>", AuthFailed),
    (404, {}, "<html>Not Found</html>", ContractViolation),
    (408, {}, "", Ambiguous),
    (409, {}, refusal("conflict"), Ambiguous),
    (422, {}, refusal("not_available"), Rejected),
    (422, {}, '{"errors": []}', ContractViolation),
    (422, {}, '{"errors": "not_available"}', ContractViolation),
    (422, {}, '{"error": {"code": "not_available"}}', ContractViolation),
    (429, {}, "", Throttled),
    (500, {}, "<html>Oops</html>", Ambiguous),
    (500, {}, refusal("not_available"), Ambiguous),
    (502, {}, "", Ambiguous),
    (503, {"Retry-After": "5"}, "", Ambiguous),
    (504, {}, "upstream", Ambiguous),
]


@pytest.mark.parametrize(("status", "headers", "body", "meaning"), BAD_ANSWERS)
def test_a_bad_answer_means_exactly_one_thing(driver, carrier, status, headers, body, meaning):
    carrier.post("/v1/orders").respond(status, headers=headers, text=body)

    with pytest.raises(CarrierError) as raised:
        driver.purchase([NUMBER], reference=REFERENCE)
    assert type(raised.value) is meaning


@pytest.mark.parametrize(
    ("silence", "meaning"),
    [
        (httpx.ConnectError, NotSent),
        (httpx.ConnectTimeout, NotSent),
        (httpx.PoolTimeout, NotSent),
        (httpx.ReadTimeout, Ambiguous),
        (httpx.WriteTimeout, Ambiguous),
        (httpx.ReadError, Ambiguous),
        (httpx.WriteError, Ambiguous),
        (httpx.RemoteProtocolError, Ambiguous),
    ],
)
def test_silence_counts_from_the_moment_the_order_left(driver, carrier, silence, meaning):
    carrier.post("/v1/orders").mock(side_effect=silence)

    with pytest.raises(meaning):
        driver.purchase([NUMBER], reference=REFERENCE)


class Dripping(httpx.SyncByteStream):
    """A body that never comes to its end."""

    def __iter__(self):
        while True:
            yield b" "


def test_a_body_that_drips_for_ever_is_given_up(driver, carrier, monkeypatch):
    monkeypatch.setattr(sandbox, "ANSWER_SECONDS", 0.05)
    carrier.post("/v1/orders").mock(return_value=httpx.Response(201, stream=Dripping()))

    with pytest.raises(Ambiguous):
        driver.purchase([NUMBER], reference=REFERENCE)


class BrokenOff(httpx.SyncByteStream):
    def __iter__(self):
        yield b'{"id": "ord_1", '
        raise httpx.ReadError("connection reset")


def test_a_body_that_breaks_off_leaves_the_outcome_open(driver, carrier):
    carrier.post("/v1/orders").mock(return_value=httpx.Response(201, stream=BrokenOff()))

    with pytest.raises(Ambiguous):
        driver.purchase([NUMBER], reference=REFERENCE)


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("7", timedelta(seconds=7)),
        ("999999", timedelta(hours=1)),
        ("soon", timedelta(seconds=5)),
        ("", timedelta(seconds=5)),
        ("-3", timedelta(seconds=5)),
    ],
)
def test_a_busy_carrier_says_when_to_come_again(driver, carrier, said, wait):
    carrier.post("/v1/orders").respond(429, headers={"Retry-After": said})

    with pytest.raises(Throttled) as throttled:
        driver.purchase([NUMBER], reference=REFERENCE)
    assert throttled.value.retry_after == wait


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("not_available", Refusal.NOT_AVAILABLE),
        ("insufficient_funds", Refusal.INSUFFICIENT_FUNDS),
        ("solar_flare", Refusal.OTHER),
    ],
)
def test_a_refusal_has_a_reason_and_the_carriers_words(driver, carrier, code, meant):
    carrier.post("/v1/orders").respond(422, text=refusal(code))

    with pytest.raises(Rejected, match=f"{code}: Sorry") as rejected:
        driver.purchase([NUMBER], reference=REFERENCE)
    assert rejected.value.refusal == meant


def test_an_order_carries_our_reference_and_exact_numbers(driver, carrier):
    posted = carrier.post("/v1/orders").respond(201, json=ORDER)

    order = driver.purchase([NUMBER], reference=REFERENCE)

    assert json.loads(posted.calls.last.request.content) == {
        "customer_reference": str(REFERENCE),
        "numbers": [NUMBER],
    }
    assert (order.order_id, order.lines[0].status) == ("ord_1", LineStatus.PENDING)


def test_an_unknown_word_is_never_a_failure(driver, carrier):
    strange = ORDER | {"numbers": line(status="in_limbo")}
    carrier.get("/v1/orders/ord_1").respond(json=strange)

    order = driver.get_order("ord_1")

    assert (order.lines[0].status, order.lines[0].raw_status) == (LineStatus.UNKNOWN, "in_limbo")


def test_only_orders_with_our_reference_are_ours(driver, carrier):
    other = ORDER | {"id": "ord_2", "customer_reference": "somebody else's"}
    carrier.get("/v1/orders").respond(json={"data": [other, ORDER]})

    assert [order.order_id for order in driver.find_order(REFERENCE)] == ["ord_1"]


def test_absence_is_believed_only_in_the_carriers_own_words(driver, carrier):
    carrier.get(f"/v1/owned/{NUMBER}").respond(404, text=refusal("not_found"))
    assert driver.get_owned(NUMBER) is None

    carrier.get(f"/v1/owned/{NUMBER}").respond(404, text="<html>no such page</html>")
    with pytest.raises(ContractViolation):
        driver.get_owned(NUMBER)


def test_a_search_leaves_out_what_was_not_asked(driver, carrier):
    asked = carrier.get("/v1/available_numbers").respond(json={"data": [OFFER]})

    [offer] = driver.search(SearchQuery("US", npa="501", features=frozenset({"sms"})))

    assert dict(asked.calls.last.request.url.params) == {
        "country": "US",
        "npa": "501",
        "features": "sms",
        "limit": "50",
    }
    assert (offer.number, offer.monthly, offer.locality) == (NUMBER, Decimal("0.40"), "Little Rock")


BAD_OFFERS = [
    "not json",
    "[]",
    changed(OFFER, number="15015550100"),
    changed(OFFER, monthly="a lot"),
    changed(OFFER, monthly="NaN"),
    changed(OFFER, setup="-1"),
    changed(OFFER, monthly=0.4),
    changed(OFFER, type="satellite"),
    changed(OFFER, features="voice"),
    changed(OFFER, expires_at="tomorrow"),
]


def test_bad_entries_of_the_feed_cost_only_themselves(driver, carrier):
    feed = "\n".join([json.dumps(OFFER), *BAD_OFFERS])
    carrier.get("/v1/offers").respond(text=feed)

    [page] = driver.list_offers()

    assert [offer.number for offer in page.offers] == [NUMBER]
    assert page.unreadable == len(BAD_OFFERS)


def test_a_feed_that_is_shorter_than_it_says_is_no_feed(driver, carrier):
    carrier.get("/v1/offers").respond(text=json.dumps(OFFER), headers={"X-Total": "2"})

    with pytest.raises(ContractViolation, match="1 of 2"):
        list(driver.list_offers())


class FeedBreaksOff(httpx.SyncByteStream):
    def __iter__(self):
        yield json.dumps(OFFER).encode() + b"\n"
        raise httpx.ReadError("connection reset")


def test_a_feed_that_breaks_off_says_so(driver, carrier):
    carrier.get("/v1/offers").mock(return_value=httpx.Response(200, stream=FeedBreaksOff()))

    with pytest.raises(Ambiguous):
        list(driver.list_offers())


def test_owned_numbers_come_in_pages(driver, carrier):
    owned = {"number_id": "num_1", "number": NUMBER, "status": "active"}
    answers = [
        httpx.Response(200, json={"data": [owned], "next_cursor": "num_1"}),
        httpx.Response(200, json={"data": [], "next_cursor": None}),
    ]
    carrier.get("/v1/owned").mock(side_effect=answers)

    first = driver.list_owned()
    second = driver.list_owned(first.next_cursor)

    assert [one.number_id for one in first.numbers] == ["num_1"]
    assert (second.numbers, second.next_cursor) == ([], None)


def test_a_released_number_goes_at_a_time(driver, carrier):
    answer = {"number": NUMBER, "effective_at": "2026-11-22T12:00:00+00:00"}
    carrier.delete(f"/v1/owned/{NUMBER}").respond(json=answer)

    release = driver.release(NUMBER, reference=REFERENCE)

    assert release.effective_at.isoformat() == answer["effective_at"]
