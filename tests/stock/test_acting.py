import pytest
from django.db import DatabaseError, transaction

from stock.models import StockMove, StockState
from stock.moving import acting
from tests.stock.factories import make_number


def test_signs_the_moves_made_within(tenant, at, actor):
    number = make_number()

    with acting(actor, remark="Broken."):
        number.move_to(StockState.LOCKED, at=at)
    number.move_to(StockState.AVAILABLE, at=at)

    first, second = StockMove.objects.order_by("id")
    assert (first.actor_name, first.actor_reference, first.remark) == (
        actor.name,
        actor.reference,
        "Broken.",
    )
    assert (second.actor_kind, second.actor_name, second.remark) == ("system", "Numberyard", "")


def test_history_cannot_be_changed(tenant, at):
    make_number().move_to(StockState.LOCKED, at=at)

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        StockMove.objects.update(remark="never happened")
