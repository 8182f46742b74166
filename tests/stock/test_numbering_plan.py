"""The numbering plan that is shipped."""

import phonenumbers
import pytest

from stock.numbering_plan import PlanRow, read_plan


@pytest.fixture(scope="module")
def plan() -> dict[str, PlanRow]:
    return {row.prefix: row for row in read_plan()}


def test_exchange_knows_its_city_and_rate_center(plan):
    row = plan["1501202"]

    assert (row.country, row.region, row.npa, row.nxx) == ("US", "AR", "501", "202")
    assert (row.city, row.rate_center, row.number_type) == (
        "Little Rock",
        "LITTLEROCK",
        "geographic",
    )


def test_every_state_and_province_has_exchanges(plan):
    regions = {(row.country, row.region) for row in plan.values() if row.region}

    assert len(plan) > 40_000
    assert len(regions) == 51 + 13


def test_two_cities_of_a_state_never_share_a_rate_center(plan):
    centers = {(row.region, row.rate_center, row.city) for row in plan.values() if row.rate_center}

    assert len({(region, center) for region, center, city in centers}) == len(centers)
    assert max(len(center) for region, center, city in centers) == 10


def test_no_exchange_is_a_service_code_or_fiction(plan):
    exchanges = {row.nxx for row in plan.values() if row.region}

    assert not exchanges & {"211", "411", "911", "555", "976"}


def test_other_countries_have_places_and_valid_numbers(plan):
    abroad = [row for row in plan.values() if row.country not in {"US", "CA"}]

    invalid = [
        row
        for row in abroad
        if not phonenumbers.is_valid_number(phonenumbers.parse(f"+{row.prefix}0123"))
    ]

    assert not invalid
    assert len({row.country for row in abroad if row.city}) == 14
    assert {row.number_type for row in abroad} == {
        "geographic",
        "mobile",
        "national",
        "toll_free",
    }


def test_toll_free_codes_are_whole(plan):
    codes = {row.npa for row in plan.values() if row.country == "US" and not row.region}

    assert codes == {"800", "833", "844", "855", "866", "877", "888"}
