"""What the planner knows of the stock."""

import pytest

from stock import census, counting
from stock.census import Census
from tests.stock.factories import make_number


@pytest.fixture
def counted(tenant, monkeypatch):
    """Three numbers that can be bought and one that cannot, counted."""
    for digits in ("15015550100", "15015550101", "18705550100"):
        make_number(digits=digits)
    make_number(digits="15015559999", state="locked")
    counting.rebuild()
    census.take()
    with monkeypatch.context() as patch:
        patch.setattr(census, "FRESH_SECONDS", -1)
        return census.newest()


def test_counts_the_tokens_of_what_can_be_bought(counted):
    assert counted.tokens[1150] == 2
    assert counted.tokens[1187] == 1
    assert counted.tokens[9100] == 2
    assert 9999 not in counted.tokens
    assert counted.total == 3
    assert counted.kinds == {("US", "geographic"): 3}


def test_counts_windows_with_gaps(counted):
    assert counted.having(0, "1X0") == 2
    assert counted.having(0, "1XX") == 3
    assert counted.having(8, "10X") == 3


def test_a_share_follows_what_goes_before(counted):
    # All that begin with 150 go on with 1; by chance it would be one of ten.
    assert counted.share("1501") == pytest.approx(2 / 3)
    assert counted.share("1501555") == pytest.approx(2 / 3)
    assert counted.share("1999") == 0


def test_digits_come_by_chance_until_they_are_counted():
    uncounted = Census({}, {("US", "geographic"): 1000}, 1000)

    assert uncounted.share("15") == pytest.approx(0.01)


def test_figures_are_read_anew_when_they_are_old(counted, monkeypatch):
    make_number(digits="12125550100")
    counting.rebuild()
    census.take()

    before = census.newest()
    monkeypatch.setattr(census, "FRESH_SECONDS", -1)
    after = census.newest()

    assert (before.total, after.total) == (3, 4)
