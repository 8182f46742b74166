"""Whatever is set and withdrawn in whatever order, one version holds at each moment."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stock.timelines import Overlapping, Timeline, Version
from tests.conftest import NOON

DAYS = st.integers(min_value=0, max_value=12)
# A day to set something from, or to withdraw what begins then.
CHANGES = st.lists(st.tuples(DAYS, st.booleans()), max_size=20)


def day(number):
    return NOON + timedelta(days=number)


@given(CHANGES)
def test_the_latest_beginning_holds_until_the_next_one(changes):
    timeline, begun = Timeline(), {}
    for place, (number, is_set) in enumerate(changes):
        present = timeline.beginning_at(day(number))
        if is_set:
            timeline.put(place, begins_at=day(number))
            begun[number] = place
        elif present and number != min(begun):
            timeline.withdraw(present)
            del begun[number]

    holding = [timeline.holding_at(day(number)) for number in range(14)]

    assert [one and one.terms for one in holding] == [
        begun.get(max((began for began in begun if began <= number), default=None))
        for number in range(14)
    ]
    assert [one.begins_at for one in timeline.versions] == sorted(map(day, begun))


@given(DAYS, DAYS)
def test_a_version_never_lasts_into_the_next(begins, ends):
    timeline = Timeline([Version("next", day(6), None)])

    if begins < 6 < ends:
        with pytest.raises(Overlapping):
            timeline.put("new", begins_at=day(begins), ends_at=day(ends))
    elif begins < ends:
        timeline.put("new", begins_at=day(begins), ends_at=day(ends))

    ordered = timeline.versions
    assert all(
        one.ends_at is not None and one.ends_at <= other.begins_at
        for one, other in pairwise(ordered)
    )


def test_what_is_written_is_what_has_changed():
    stored = Version("old", day(0), None, key=1)
    to_come = Version("later", day(8), None, key=2)
    stored.ends_at = day(8)
    timeline = Timeline([stored, to_come])

    timeline.put("new", begins_at=day(8))
    timeline.put("before", begins_at=day(4))

    assert timeline.dropped == [2]
    assert {key: one.ends_at for key, one in timeline.shifted.items()} == {1: day(4)}
    assert [one.terms for one in timeline.versions if one.key is None] == ["before", "new"]
