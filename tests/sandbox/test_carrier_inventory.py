"""What the sandbox carrier has for sale."""

import json
from collections import Counter

import httpx
import pytest

from sandbox.carrier.inventory import PLAN, generate_numbers, read_plan
from tests.sandbox.carrier import Carrier, error_code


@pytest.fixture(scope="module")
def whole_inventory():
    return generate_numbers(read_plan(PLAN), seed=1, total=200_000)


def feed(carrier: Carrier) -> list[str]:
    answer = carrier.http.get("/v1/offers", headers={"Accept": "application/x-ndjson"})
    return answer.text.splitlines()


def test_same_seed_gives_the_same_inventory(start_carrier):
    one = start_carrier("--seed", "7", name="one.sqlite3")
    other = start_carrier("--seed", "7", name="other.sqlite3")
    third = start_carrier("--seed", "8", name="third.sqlite3")

    assert feed(one) == feed(other)
    assert feed(one) != feed(third)


def test_stream_and_pages_give_the_same_offers(carrier):
    first = carrier.ask("/v1/offers", limit=2000)
    second = carrier.ask("/v1/offers", limit=2000, cursor=first["next_cursor"])

    assert first["total"] == 3000
    assert second["next_cursor"] is None
    assert [json.loads(line) for line in feed(carrier)] == first["data"] + second["data"]


def test_every_exchange_has_numbers_and_few_of_them_are_magic(whole_inventory):
    exchanges = Counter(row[0][1:8] for row in whole_inventory if row[3])
    magic = [row for row in whole_inventory if "0100" <= row[0][-4:] <= "0199"]

    assert len(whole_inventory) == 200_000
    assert len(exchanges) == 39_242
    assert min(exchanges.values()) >= 2
    assert len({row[3] for row in magic if row[3]}) == 64
    assert len(magic) < 0.015 * len(whole_inventory)


def test_seven_of_ten_numbers_have_sms(whole_inventory):
    share = sum("sms" in row[8] for row in whole_inventory) / len(whole_inventory)

    assert 0.69 < share < 0.71


def test_arkansas_has_every_magic_number(carrier):
    lines = {number[-4:] for number in carrier.offers(npa="501")}

    assert {f"0{line}" for line in range(110, 122)} <= lines


@pytest.mark.parametrize(
    ("query", "name", "value"),
    [
        ({"region": "AR", "npa": "501", "nxx": "202"}, "nxx", "202"),
        ({"country": "US", "region": "AR", "locality": "Little Rock"}, "locality", "Little Rock"),
        ({"rate_center": "LITTLEROCK"}, "rate_center", "LITTLEROCK"),
        ({"type": "toll_free"}, "type", "toll_free"),
    ],
)
def test_search_filters(carrier, query, name, value):
    found = carrier.ask("/v1/available_numbers", **query)

    assert found["meta"]["total"] >= len(found["data"]) > 0
    assert {offer[name] for offer in found["data"]} == {value}


def test_search_by_digits_finds_national_and_whole_numbers(carrier):
    by_national = carrier.offers(starts_with="501202")
    by_whole = carrier.offers(starts_with="1501202")
    middle = carrier.offers(contains="1202")
    end = carrier.offers(ends_with="0115")

    assert by_national == by_whole != []
    assert set(by_national) <= set(middle)
    assert {number[-4:] for number in end} == {"0115"}


def test_search_by_feature_and_exact_number(carrier):
    with_sms = carrier.ask("/v1/available_numbers", npa="501", features="voice,sms")
    number = with_sms["data"][0]["number"]

    assert all("sms" in offer["features"] for offer in with_sms["data"])
    assert 0 < with_sms["meta"]["total"] < carrier.ask("/v1/offers")["total"]
    assert carrier.offers(number=number) == [number]


@pytest.mark.parametrize(
    "query", [{"colour": "red"}, {"contains": "1*"}, {"limit": "0"}, {"limit": "many"}]
)
def test_bad_search_is_refused(carrier, query):
    answer = carrier.http.get("/v1/available_numbers", params=query)

    assert (answer.status_code, error_code(answer)) == (400, "invalid")


def test_stranger_is_not_let_in(carrier):
    answer = httpx.get(f"{carrier.url}/v1/account", headers={"Authorization": "Bearer x"})

    assert (answer.status_code, error_code(answer)) == (401, "unauthorized")


def test_account_shows_what_is_left(carrier):
    number = carrier.ordinary()[0]

    amount = carrier.order(number).json()["amount"]

    assert carrier.ask("/v1/account") == {
        "balance": f"{1_000_000 - float(amount):.2f}",
        "currency": "USD",
        "healthy": True,
    }


def test_what_people_look_for_is_there(whole_inventory):
    numbers = {row[0] for row in whole_inventory}

    flowers = [number for number in numbers if number[2:].endswith("3569377")]
    round_ones = [number for number in numbers if number[1:5] == "1888" and number[-4:] == "1000"]

    assert len(flowers) >= 2
    assert len(round_ones) >= 3


def test_every_region_has_blocks_of_neighbours(whole_inventory):
    numbers = {int(row[0][1:]): row[3] for row in whole_inventory if row[3]}

    begins = [one for one in numbers if all(one + step in numbers for step in range(10))]

    assert len({numbers[one] for one in begins}) == 64
