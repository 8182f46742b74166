import json

import pytest

from bench.outcome import Outcome


def make_outcome(*ratios, target=2.0, is_at_most=True):
    headings, rows = ["side", "ms"], [["ours", "1.0"], ["theirs", "12.0"]]
    return Outcome("demo", list(ratios), target, is_at_most, headings, rows)


@pytest.mark.parametrize(
    ("ratios", "is_at_most", "is_ok"),
    [
        ([9.0, 1.0, 2.0], True, True),
        ([9.0, 1.0, 2.1], True, False),
        ([0.1, 2.0, 3.0], False, True),
        ([0.1, 1.9, 3.0], False, False),
    ],
)
def test_the_median_decides(ratios, is_at_most, is_ok):
    outcome = make_outcome(*ratios, is_at_most=is_at_most)

    assert json.loads(outcome.json_line()) == {
        "name": "demo",
        "ratio": sorted(ratios)[1],
        "target": 2.0,
        "ok": is_ok,
    }


def test_the_table_lines_up():
    assert make_outcome(1.0, 2.0, 3.0).table().splitlines() == [
        "side      ms",
        "ours     1.0",
        "theirs  12.0",
        "ratio 2, rounds 1 to 3",
    ]


def test_without_a_target_every_ratio_will_do():
    outcome = make_outcome(9.0, target=None)

    assert json.loads(outcome.json_line()) == {
        "name": "demo",
        "ratio": 9.0,
        "target": None,
        "ok": True,
    }
