"""What makes a number easy to keep in mind."""

import pytest

from stock.memorability import judge
from stock.models import StockNumber
from tests.stock.factories import make_number

PLAIN = "15013649182"


@pytest.mark.parametrize(
    ("digits", "reasons"),
    [
        ("15013647777", ["ends in 7777"]),
        ("15017771824", ["contains 777"]),
        ("15018362345", ["ends in 2345, which counts up"]),
        ("15015432918", ["contains 5432, which counts down"]),
        ("15018361212", ["ends in 12 twice"]),
        ("15018123123", ["ends in 123, which counts up", "ends in 123 twice"]),
        ("15018361221", ["ends in 1221, which reads the same backwards"]),
        ("15018391122", ["ends in the pairs 11 and 22"]),
        ("15018369400", ["ends in a round 00"]),
        ("15015018394", ["the exchange repeats the area code"]),
        ("15015558585", ["contains 555", "ends in 85 twice"]),
        (PLAIN, []),
    ],
)
def test_says_what_makes_it_memorable(tenant, digits, reasons):
    verdict = judge([digits])[digits]

    assert [reason for reason in verdict.reasons if "different" not in reason] == reasons
    assert (verdict.score > 0) == bool(reasons)


def test_few_different_digits_are_memorable(tenant):
    assert (
        "only two different digits in the last seven"
        in judge(["15015588588"])["15015588588"].reasons
    )


def test_more_of_the_same_is_more_memorable(tenant):
    better = ["15013649182", "15013641777", "15013647777", "15013377777", "15017777777"]

    verdicts = judge(better)

    scores = [verdicts[digits].score for digits in better]
    assert scores == sorted(set(scores))
    assert scores[-1] == 100


def test_the_score_is_written_with_the_number_and_by_nobody_else(tenant):
    number = make_number(digits="15013647777")
    StockNumber.objects.filter(pk=number.pk).update(memorability=1)

    number.refresh_from_db()

    assert number.memorability == judge([number.digits])[number.digits].score


def test_a_number_of_any_length_is_judged(tenant):
    verdicts = judge(["1234567", "493012345678901"])

    assert all(0 < verdict.score <= 100 for verdict in verdicts.values())
