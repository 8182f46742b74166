"""Two people who change the same requirement at once, with connections of their own."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from lifecycle.actors import Actor, ActorKind
from stock.models import Requirement
from stock.revising import WrittenMeanwhile, write_version
from tests.conftest import NOON
from tests.stock.factories import GERMANY, make_terms

pytestmark = pytest.mark.usefixtures("process_database")


def edit(name, *, after, ready):
    """Write a version after `after`; return who wrote it, or that one was told."""
    editor = Actor(ActorKind.STAFF, uuid4(), name)
    terms = make_terms(notes=f"{name} was here, after {after}.")
    ready.wait()
    try:
        return write_version(GERMANY, terms, after=after, actor=editor, at=NOON).actor_name
    except WrittenMeanwhile:
        return "told"
    finally:
        connection.close()


@pytest.mark.parametrize("after", [0, 1], ids=["the first version", "the next one"])
def test_of_two_editors_at_once_the_second_is_told(after):
    ready = Barrier(2, timeout=30)

    with ThreadPoolExecutor(2) as editors:
        editing = partial(edit, after=after, ready=ready)
        outcomes = list(editors.map(editing, ["Olga", "Otto"], timeout=30))

    assert outcomes.count("told") == 1
    holding = Requirement.objects.get(superseded_at=None)
    assert holding.version == after + 1
    assert holding.actor_name in outcomes
