"""Buying from the sandbox carrier when nothing goes wrong, and when two want the same."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sandbox.carrier import error_code, eventually, line_of


def test_order_is_pending_and_then_delivered(carrier):
    carrier.post("/sandbox/speed", delivery_ms=200)
    number = carrier.ordinary()[0]

    order = carrier.order(number, reference="ours").json()

    assert (order["status"], order["revision"]) == ("pending", 1)
    assert carrier.offers(number=number) == []
    eventually(lambda: carrier.ask(f"/v1/orders/{order['id']}")["status"] == "success")
    delivered = carrier.orders_of("ours")[0]
    assert delivered["revision"] == 2
    owned = carrier.ask(f"/v1/owned/{number}")
    assert line_of(delivered, number)["number_id"] == owned["number_id"]


def test_of_many_orders_for_one_number_one_wins(carrier):
    number = carrier.ordinary()[0]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: carrier.order(number), range(32)))

    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 31
    assert carrier.charged() == [number]
    assert carrier.owned() == [number]


def test_feed_is_whole_while_numbers_are_sold(carrier):
    numbers = iter(carrier.ordinary(200))
    feed = {"headers": {"Accept": "application/x-ndjson"}}

    with ThreadPoolExecutor(2) as pool:
        sales = pool.submit(lambda: [carrier.order(number) for number in numbers])
        feeds = [carrier.http.get("/v1/offers", **feed) for _ in range(10)]
        sales.result()

    counts = [len(answer.text.splitlines()) for answer in feeds]
    assert counts == [int(answer.headers["X-Total"]) for answer in feeds]
    assert len(set(counts)) > 1


def test_what_is_gone_fails_on_its_own_line(carrier):
    sold, free = carrier.ordinary(2)
    carrier.order(sold)

    order = carrier.order(sold, free).json()

    assert order["status"] == "partial"
    assert line_of(order, sold)["reason"] == "not_available"
    assert line_of(order, free)["status"] == "success"


def test_another_customer_is_faster_with_a_share_of_the_numbers(carrier):
    numbers = carrier.ordinary(60)
    carrier.post("/sandbox/speed", percent_taken=25)

    answers = {number: carrier.order(number) for number in numbers}

    refused = [number for number in numbers if answers[number].status_code == 422]
    assert 5 <= len(refused) <= 25
    assert {error_code(answers[number]) for number in refused} == {"not_available"}
    assert carrier.order(refused[0]).status_code == 422
    assert carrier.offers(number=refused[0]) == []
    assert sorted(carrier.charged()) == sorted(set(numbers) - set(refused))


def test_share_of_the_accepted_orders_fails_when_it_is_to_be_delivered(carrier):
    numbers = carrier.ordinary(60)
    carrier.post("/sandbox/speed", percent_failing=25)

    accepted = [carrier.order(number).json() for number in numbers]

    ended = {order["numbers"][0]["number"]: order["status"] for order in accepted}
    failed = [number for number in numbers if ended[number] == "failure"]
    assert 5 <= len(failed) <= 25
    assert sorted(carrier.charged()) == sorted(set(numbers) - set(failed))
    assert carrier.offers(number=failed[0]) == [failed[0]]


def test_carrier_without_uniqueness_sells_twice(carrier):
    carrier.post("/sandbox/modes", exact_number_unique=False)
    number = carrier.ordinary()[0]

    carrier.order(number)
    carrier.order(number)

    assert carrier.owned() == [number, number]
    assert carrier.charged() == [number, number]


def test_lists_show_an_order_only_after_the_lag(carrier):
    carrier.post("/sandbox/speed", visibility_lag_ms=600)
    number = carrier.ordinary()[0]

    order = carrier.order(number, reference="ours").json()

    assert carrier.orders_of("ours") == []
    assert carrier.owned() == []
    assert carrier.ask(f"/v1/orders/{order['id']}")["status"] == "success"
    eventually(lambda: carrier.orders_of("ours"))
    eventually(lambda: carrier.owned() == [number])


def test_like_twilio_an_order_is_born_finished_and_nothing_is_held(carrier):
    carrier.post("/sandbox/modes", like="twilio", latency_ms=0)
    number = carrier.ordinary()[0]

    hold = carrier.http.post("/v1/holds", json={"number": number})
    order = carrier.order(number).json()

    assert (hold.status_code, error_code(hold)) == (404, "unsupported")
    assert order["status"] == "success"


def test_held_number_is_for_who_holds_it(carrier):
    number = carrier.ordinary()[0]
    hold = carrier.http.post("/v1/holds", json={"number": number}).json()

    stranger = carrier.order(number)
    holder = carrier.order(number, holds=[hold["id"]])

    assert error_code(stranger) == "not_available"
    assert holder.json()["status"] == "success"


def test_dropped_hold_puts_the_number_back(carrier):
    number = carrier.ordinary()[0]
    hold = carrier.http.post("/v1/holds", json={"number": number}).json()

    carrier.http.delete(f"/v1/holds/{hold['id']}")

    assert carrier.offers(number=number) == [number]


def test_hold_lapses(carrier):
    carrier.post("/sandbox/modes", hold_seconds=1)
    number = carrier.ordinary()[0]

    carrier.http.post("/v1/holds", json={"number": number})

    eventually(lambda: carrier.offers(number=number) == [number])


def test_finished_order_cannot_be_cancelled(carrier):
    order = carrier.order(carrier.ordinary()[0]).json()

    answer = carrier.http.post(f"/v1/orders/{order['id']}/cancel")

    assert (answer.status_code, error_code(answer)) == (422, "not_cancellable")


@pytest.mark.parametrize(
    "asked",
    [
        {"customer_reference": "ours", "numbers": []},
        {"customer_reference": "ours", "numbers": ["5012020123"]},
        {"customer_reference": "ours", "numbers": ["+15012020123", "+15012020123"]},
        {"numbers": ["+15012020123"]},
        {"customer_reference": "ours", "numbers": ["+15012020123"], "holds": "all"},
        ["+15012020123"],
    ],
)
def test_bad_order_is_refused(carrier, asked):
    answer = carrier.http.post("/v1/orders", json=asked)

    assert (answer.status_code, error_code(answer)) == (400, "invalid")
    assert carrier.get("/sandbox/truth")["operations"] == []


def test_unknown_order_and_path_are_not_found(carrier):
    answers = [carrier.http.get("/v1/orders/ord_0"), carrier.http.get("/v2/orders")]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_released_number_is_gone(carrier):
    number = carrier.ordinary()[0]
    carrier.order(number)

    answer = carrier.release(number, "ours")

    assert (answer.status_code, answer.json()["number"]) == (200, number)
    assert carrier.owned() == []
    assert carrier.get("/sandbox/truth")["releases"][0]["customer_reference"] == "ours"
    assert carrier.release(number).status_code == 404
    assert carrier.offers(number=number) == []


def test_like_didww_a_released_number_stays_until_its_cycle_ends(carrier):
    carrier.post("/sandbox/modes", release="end_of_cycle")
    number = carrier.ordinary()[0]
    carrier.order(number)

    first, second = carrier.release(number), carrier.release(number)

    assert first.json() == second.json()
    assert carrier.ask(f"/v1/owned/{number}")["status"] == "releasing"
    assert len(carrier.get("/sandbox/truth")["releases"]) == 1


def test_owned_numbers_come_in_pages(carrier):
    numbers = carrier.ordinary(3)
    carrier.order(*numbers)

    first = carrier.ask("/v1/owned", limit=2)
    second = carrier.ask("/v1/owned", limit=2, cursor=first["next_cursor"])

    listed = [row["number"] for row in first["data"] + second["data"]]
    assert sorted(listed) == numbers
    assert second["next_cursor"] is None
