from datetime import timedelta

import pytest
from django.db import IntegrityError

from lifecycle.models import IllegalTransition, Overtaken, move_many
from stock.models import StockNumber, StockState
from tests.stock.factories import make_number


@pytest.fixture
def number(tenant):
    return make_number()


def test_writes_the_state_the_time_and_the_given_fields(number, at):
    number.move_to(StockState.LOCKED, at=at + timedelta(hours=1), city="Conway")

    number.refresh_from_db()
    assert (number.state, number.city, number.version) == ("locked", "Conway", 1)
    assert number.state_changed_at == at + timedelta(hours=1)


def test_refuses_a_step_outside_the_table(number, at):
    number.move_to(StockState.LOCKED, at=at)

    with pytest.raises(IllegalTransition, match="locked -> assigned"):
        number.move_to(StockState.ASSIGNED, at=at)


def test_refuses_when_another_process_moved_first(number, at):
    StockNumber.objects.get(pk=number.pk).move_to(StockState.LOCKED, at=at)

    with pytest.raises(Overtaken):
        number.move_to(StockState.LOCKED, at=at)


def test_many_are_moved_only_from_the_state_that_was_named(number, at):
    other = make_number(digits="15015550101", state=StockState.LOCKED)

    moved = move_many(StockNumber.objects.all(), StockState.AVAILABLE, StockState.LOCKED, at=at)

    assert moved == 1
    assert StockNumber.objects.get(pk=other.pk).version == 0


def test_database_refuses_what_is_written_past_it(number, at):
    number.move_to(StockState.LOCKED, at=at)

    written_past = StockNumber.objects.filter(pk=number.pk)
    with pytest.raises(IntegrityError, match="may not move from locked to assigned"):
        written_past.update(state=StockState.ASSIGNED)
