"""The last four digits by which a person triggers what real carriers do."""

import httpx
import pytest

from tests.sandbox.carrier import error_code, eventually, line_of


def test_0110_swallows_the_first_request(carrier):
    number = carrier.magic("0110")

    with pytest.raises(httpx.RemoteProtocolError):
        carrier.order(number)

    assert carrier.owned() == []
    assert carrier.order(number).json()["status"] == "success"


def test_0111_sells_and_does_not_answer(carrier):
    number = carrier.magic("0111")

    with pytest.raises(httpx.RemoteProtocolError):
        carrier.order(number, reference="ours")

    assert carrier.orders_of("ours")[0]["status"] == "success"
    assert error_code(carrier.order(number)) == "not_available"
    assert carrier.charged() == [number]


def test_0111_keeps_silent_as_long_as_it_is_told(carrier):
    carrier.post("/sandbox/speed", silence_ms=2000)

    with pytest.raises(httpx.ReadTimeout):
        carrier.http.post(
            "/v1/orders",
            json={"customer_reference": "ours", "numbers": [carrier.magic("0111")]},
            timeout=0.5,
        )

    assert carrier.orders_of("ours")[0]["status"] == "success"


def test_0112_sells_and_answers_500(carrier):
    number = carrier.magic("0112")

    answer = carrier.order(number, reference="ours")

    assert (answer.status_code, error_code(answer)) == (500, "internal_error")
    assert carrier.orders_of("ours")[0]["status"] == "success"


def test_0113_is_busy_once(carrier):
    number = carrier.magic("0113")

    answer = carrier.order(number)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert carrier.owned() == []
    assert carrier.order(number).status_code == 201


def test_0114_has_been_sold_to_somebody_else(carrier):
    number = carrier.magic("0114")

    answers = [carrier.order(number), carrier.order(number)]

    assert [(answer.status_code, error_code(answer)) for answer in answers] == [
        (422, "not_available")
    ] * 2
    assert carrier.offers(number=number) == []


def test_0115_is_more_than_the_balance_covers(carrier):
    number = carrier.magic("0115")

    answers = [carrier.order(number), carrier.order(number)]

    assert [(answer.status_code, error_code(answer)) for answer in answers] == [
        (422, "insufficient_funds")
    ] * 2
    assert carrier.offers(number=number) == [number]


def test_0116_stays_pending_until_it_is_cancelled(carrier):
    number = carrier.magic("0116")
    order = carrier.order(number).json()

    carrier.post("/sandbox/deliver")

    assert carrier.ask(f"/v1/orders/{order['id']}")["status"] == "pending"
    cancelled = carrier.http.post(f"/v1/orders/{order['id']}/cancel").json()
    assert (cancelled["status"], line_of(cancelled, number)["reason"]) == ("failure", "cancelled")
    assert carrier.offers(number=number) == [number]


def test_0117_fails_half_of_an_order_of_several(carrier):
    number = carrier.magic("0117")
    others = carrier.ordinary(3)

    order = carrier.order(*others, number).json()

    statuses = sorted(line["status"] for line in order["numbers"])
    assert statuses == ["failure", "failure", "success", "success"]
    assert line_of(order, number)["reason"] == "provisioning_failed"
    assert order["status"] == "partial"
    assert len(carrier.charged()) == 2


def test_0117_alone_is_delivered(carrier):
    order = carrier.order(carrier.magic("0117")).json()

    assert order["status"] == "success"


def test_0118_is_listed_only_after_the_lag(carrier):
    carrier.post("/sandbox/speed", owned_lag_ms=600)
    number = carrier.magic("0118")

    order = carrier.order(number).json()

    assert order["status"] == "success"
    assert carrier.owned() == []
    assert carrier.http.get(f"/v1/owned/{number}").status_code == 404
    eventually(lambda: carrier.owned() == [number])


def test_0119_says_failure_and_hands_the_number_over(carrier):
    number = carrier.magic("0119")

    order = carrier.order(number, reference="ours").json()

    assert (order["status"], line_of(order, number)["number_id"]) == ("failure", None)
    assert carrier.ask(f"/v1/owned/{number}")["customer_reference"] == "ours"
    assert carrier.charged() == [number]


def test_0120_sells_and_answers_what_nobody_can_read(carrier):
    number = carrier.magic("0120")

    answer = carrier.order(number, reference="ours")

    assert answer.status_code == 201
    with pytest.raises(ValueError, match="line 1"):
        answer.json()
    assert carrier.orders_of("ours")[0]["status"] == "success"


def test_0121_needs_documents_and_turns_the_first_down(carrier):
    number = carrier.magic("0121")
    order = carrier.order(number).json()

    first = carrier.http.post(f"/v1/orders/{order['id']}/documents", json={"number": number})
    second = carrier.http.post(f"/v1/orders/{order['id']}/documents", json={"number": number})

    assert line_of(order, number)["reason"] == "documents_required"
    assert line_of(first.json(), number)["reason"] == "documents_rejected"
    assert first.json()["status"] == "pending"
    assert second.json()["status"] == "success"
    assert carrier.charged() == [number]


def test_0121_is_helped_along_by_deliver(carrier):
    number = carrier.magic("0121")
    order = carrier.order(number).json()

    carrier.post("/sandbox/deliver")
    carrier.post("/sandbox/deliver")

    assert carrier.ask(f"/v1/orders/{order['id']}")["status"] == "success"
