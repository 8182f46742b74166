"""Faults by rule and by chance."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.sandbox.carrier import Carrier, error_code, eventually


def attempt(carrier: Carrier, number: str, reference: str = "ours") -> str:
    """Order the number; say what came back, in one word."""
    try:
        answer = carrier.order(number, reference=reference)
        answer.json()
    except httpx.TransportError as error:
        return type(error).__name__
    except ValueError:
        return "unreadable"
    return str(answer.status_code)


@pytest.mark.parametrize(
    ("kind", "outcome", "is_sold"),
    [
        ("timeout_before", "RemoteProtocolError", False),
        ("timeout_after", "RemoteProtocolError", True),
        ("500_before", "500", False),
        ("500_after", "500", True),
        ("429", "429", False),
        ("malformed", "unreadable", True),
        ("empty", "unreadable", True),
        ("slow", "201", True),
    ],
)
def test_each_kind_of_fault(carrier, kind, outcome, is_sold):
    number = carrier.ordinary()[0]
    carrier.post("/sandbox/faults", rate=1, kinds=[kind])

    seen = attempt(carrier, number)

    assert seen == outcome
    assert bool(carrier.charged()) == is_sold


def test_late_effect_lands_after_the_client_gave_up(carrier):
    carrier.post("/sandbox/speed", late_ms=500)
    carrier.post("/sandbox/faults", rate=1, kinds=["late_effect"])
    number = carrier.ordinary()[0]

    seen = attempt(carrier, number)

    assert seen == "RemoteProtocolError"
    assert carrier.charged() == []
    eventually(lambda: carrier.charged() == [number])
    assert carrier.orders_of("ours")[0]["status"] == "success"


def test_late_effect_finds_the_number_sold(carrier):
    number = carrier.ordinary()[0]
    carrier.post("/sandbox/speed", late_ms=500)
    carrier.post("/sandbox/faults", rules=[{"kind": "late_effect", "nth": 1}])
    attempt(carrier, number, "ours")

    carrier.order(number, reference="theirs")

    eventually(lambda: carrier.get("/sandbox/truth")["late"] == 0)
    assert carrier.orders_of("ours") == []
    assert carrier.charged() == [number]


def test_resets_come_before_and_after_the_effect(carrier):
    carrier.post("/sandbox/faults", rate=1, kinds=["reset"])

    seen = {attempt(carrier, number) for number in carrier.ordinary(20)}

    assert seen == {"ReadError"}
    assert 0 < len(carrier.charged()) < 20


def test_rule_strikes_the_nth_call_of_its_kind(carrier):
    rule = {"kind": "500_after", "nth": 2, "number": "+1501*", "customer_reference": "o*"}
    carrier.post("/sandbox/faults", rules=[rule])

    seen = [attempt(carrier, number) for number in carrier.ordinary(3)]

    assert seen == ["201", "500", "201"]


def test_release_can_lose_its_answer(carrier):
    number = carrier.ordinary()[0]
    carrier.order(number)
    carrier.post("/sandbox/faults", rules=[{"kind": "500_after", "operation": "release"}])

    answer = carrier.release(number)

    assert answer.status_code == 500
    assert carrier.owned() == []


def test_reads_fail_when_asked(carrier):
    carrier.post("/sandbox/faults", rate=1, kinds=["429"], operations=["read"])

    answer = carrier.http.get("/v1/owned")

    assert (answer.status_code, error_code(answer)) == (429, "rate_limited")


def test_same_seed_gives_the_same_faults(carrier):
    numbers = carrier.ordinary(30)
    runs = []

    for seed in (5, 5, 6):
        carrier.post("/sandbox/reset")
        carrier.post("/sandbox/faults", rate=0.5, seed=seed)
        runs.append([attempt(carrier, number) for number in numbers])

    assert runs[0] == runs[1] != runs[2]


def test_faults_stop(carrier):
    carrier.post("/sandbox/faults", rate=1)

    carrier.post("/sandbox/faults", rate=0)

    assert {attempt(carrier, number) for number in carrier.ordinary(10)} == {"201"}


@pytest.mark.parametrize(
    "asked",
    [
        {"rate": 2},
        {"kinds": ["fire"]},
        {"operations": ["port"]},
        {"rules": [{"number": "*"}]},
        {"rules": [{"kind": "reset", "colour": "red"}]},
        {"probability": 1},
    ],
)
def test_unknown_fault_is_refused(carrier, asked):
    answer = carrier.http.post("/sandbox/faults", json=asked)

    assert (answer.status_code, error_code(answer)) == (400, "invalid")


@pytest.mark.parametrize("asked", [{"like": "acme"}, {"purchase": "later"}, {"late_ms": "soon"}])
def test_unknown_mode_is_refused(carrier, asked):
    answer = carrier.http.post("/sandbox/modes", json=asked)

    assert (answer.status_code, error_code(answer)) == (400, "invalid")


def test_truth_equals_the_effects_after_a_storm(carrier):
    numbers = carrier.ordinary(120)
    carrier.post("/sandbox/speed", late_ms=50, delivery_ms=50)
    carrier.post("/sandbox/faults", rate=0.5, seed=3)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: attempt(carrier, number, number), numbers * 2))
    carrier.post("/sandbox/faults", rate=0)

    carrier.post("/sandbox/deliver")

    truth = carrier.get("/sandbox/truth")
    delivered = sorted(
        line["number"]
        for order in truth["orders"]
        for line in order["numbers"]
        if line["status"] == "success"
    )
    assert delivered == sorted(charge["number"] for charge in truth["charges"])
    assert delivered == sorted(owned["number"] for owned in truth["owned"])
    assert len(set(delivered)) == len(delivered) > 60
    assert truth["late"] == 0
