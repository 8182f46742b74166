"""Two people who change the same requirement at once, with connections of their own."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from lifecycle.actors import Actor, ActorKind
from stock.revising import WrittenMeanwhile, find_holding, write_version
from tests.conftest import NOON
from tests.stock.factories import GERMANY, make_terms

MOBILE = ("DE", "mobile")

pytestmark = pytest.mark.usefixtures("process_database")


def edit(name, *, kind, after, ready):
    """Write a version after `after`; return who wrote it, or that one was told."""
    editor = Actor(ActorKind.STAFF, uuid4(), name)
    terms = make_terms(notes=f"{name} was here.")
    ready.wait()
    try:
        return write_version(kind, terms, after=after, actor=editor, at=NOON).actor_name
    except WrittenMeanwhile:
        return "told"
    finally:
        connection.close()


def edit_at_once(kind, *, after):
    ready = Barrier(2, timeout=30)
    editing = partial(edit, kind=kind, after=after, ready=ready)
    with ThreadPoolExecutor(2) as editors:
        return list(editors.map(editing, ["Olga", "Otto"], timeout=30))


def test_of_two_who_write_the_first_version_the_second_is_told():
    outcomes = edit_at_once(GERMANY, after=0)

    assert outcomes.count("told") == 1
    assert find_holding(GERMANY).actor_name in outcomes


def test_of_two_who_change_a_version_the_second_is_told(actor):
    write_version(MOBILE, make_terms(), after=0, actor=actor, at=NOON)

    outcomes = edit_at_once(MOBILE, after=1)

    assert outcomes.count("told") == 1
    holding = find_holding(MOBILE)
    assert (holding.version, holding.actor_name in outcomes) == (2, True)
