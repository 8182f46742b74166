"""Every TRANSITIONS table names each state once, reaches all of them, and guards its table."""

import re

import pytest
from django.apps import apps
from django.db import connection

from lifecycle.models import Lifecycle

MODELS = [model for model in apps.get_models() if issubclass(model, Lifecycle)]
by_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


@by_model
def test_table_lists_every_state(model):
    assert set(model.TRANSITIONS) == set(dict(model._meta.get_field("state").choices))


@by_model
def test_every_target_is_a_state(model):
    assert set().union(*model.TRANSITIONS.values()) <= set(model.TRANSITIONS)


@by_model
def test_every_state_begins_somewhere_or_is_reached(model):
    """Records may begin in several states; but nothing is an island."""
    reached = set().union(*model.TRANSITIONS.values())
    leaving = {source for source, targets in model.TRANSITIONS.items() if targets}

    assert reached | leaving == set(model.TRANSITIONS)


@by_model
def test_trigger_allows_the_same_steps(model, tenant):
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_get_triggerdef(oid) from pg_trigger"
            " where tgname = %s and tgrelid = %s::regclass",
            [f"{model._meta.db_table}_transitions", model._meta.db_table],
        )
        (definition,) = cursor.fetchone()

    assert set(re.findall(r"(\w+)>(\w+)", definition)) == {
        (source, target) for source, targets in model.TRANSITIONS.items() for target in targets
    }
