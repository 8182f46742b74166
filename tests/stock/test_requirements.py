"""What is asked of the holder of a number: which version holds, and its words."""

import pytest

from stock.models import Requirement
from stock.requirements import describe, in_force
from stock.revising import withdraw, write_version
from tests.conftest import NOON
from tests.stock.factories import GERMANY, make_terms

pytestmark = pytest.mark.django_db


def write(actor, after=0, kind=GERMANY, **changes):
    return write_version(kind, make_terms(**changes), after=after, actor=actor, at=NOON)


def test_the_latest_version_holds(actor):
    write(actor)
    latest = write(actor, after=1, notes="Changed.")

    assert in_force([GERMANY]) == {GERMANY: latest}


def test_each_kind_has_its_own(actor, django_assert_max_num_queries):
    geographic, mobile = write(actor), write(actor, kind=("DE", "mobile"))
    write(actor, kind=("FR", "mobile"))

    # The other one selects the schema.
    with django_assert_max_num_queries(2):
        found = in_force([GERMANY, ("DE", "mobile"), ("US", "geographic"), GERMANY])

    assert found == {GERMANY: geographic, ("DE", "mobile"): mobile}


def test_for_no_kind_nothing_is_asked_of_the_database(django_assert_max_num_queries):
    with django_assert_max_num_queries(0):
        assert in_force([]) == {}


def test_what_was_withdrawn_asks_nothing(actor):
    write(actor)
    withdraw(GERMANY, after=1, actor=actor, at=NOON)

    assert in_force([GERMANY]) == {}


def test_notes_alone_are_something_to_say(actor):
    told = write(actor, identity="none", address="none", documents=(), needs_registration=False)

    assert in_force([GERMANY]) == {GERMANY: told}
    assert describe(told).summary == "Nothing before you buy"
    assert describe(told).text == "Germany, geographic\nA flat in the area."


def test_everything_that_is_asked_is_in_the_words(actor):
    requirement = write(actor, is_sample=True)

    assert describe(requirement).text.splitlines() == [
        "Germany, geographic",
        "Identity: a person or a company",
        "Address: in the city or area of the number",
        "Registration: needed; the number works only once it is approved",
        "Document: Passport",
        "Document: Proof of address",
        "A flat in the area.",
        "Sample: to be checked by compliance",
    ]


@pytest.mark.parametrize(
    ("changes", "summary"),
    [
        ({}, "Identity, address, registration, 2 documents"),
        ({"documents": ("Passport",)}, "Identity, address, registration, one document"),
        ({"documents": (), "needs_registration": False}, "Identity, address"),
    ],
)
def test_a_list_shows_it_in_a_line(actor, changes, summary):
    assert describe(write(actor, **changes)).summary == summary


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("anywhere", "anywhere in the world"),
        ("country", "in the country of the number"),
        ("region", "in the region of the number"),
        ("city", "in the city or area of the number"),
    ],
)
def test_the_rule_of_the_address_is_in_words(actor, rule, words):
    assert ("Address", words) in describe(write(actor, address=rule)).asked


def test_what_was_agreed_to_reads_the_same_for_ever(actor):
    agreed_to = write(actor)
    words = describe(agreed_to).text
    write(actor, after=1, notes="Changed.")
    withdraw(GERMANY, after=2, actor=actor, at=NOON)

    seen_later = Requirement.objects.get(reference=agreed_to.reference)

    assert describe(seen_later).text == words
