"""Writing versions of what is asked: one after the other, none changed, none lost."""

from datetime import timedelta

import pytest
from django.db import Error, IntegrityError, transaction

from stock.models import Requirement
from stock.revising import (
    Change,
    NothingNew,
    Terms,
    WrittenMeanwhile,
    changes_between,
    mark_checked,
    withdraw,
    write_version,
)
from tests.conftest import NOON
from tests.stock.factories import GERMANY, make_terms

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


def write(actor, after=0, at=NOON, **changes):
    return write_version(GERMANY, make_terms(**changes), after=after, actor=actor, at=at)


def versions():
    return list(Requirement.objects.order_by("version").values_list("version", "superseded_at"))


def test_a_new_version_ends_the_one_before(actor):
    write(actor)

    second = write(actor, after=1, at=LATER, notes="Changed.")

    assert versions() == [(1, LATER), (2, None)]
    assert (second.actor_name, second.written_at) == ("Ada", LATER)


@pytest.mark.parametrize("after", [0, 2])
def test_whoever_changed_another_version_is_told(actor, after):
    write(actor)

    with pytest.raises(WrittenMeanwhile):
        write(actor, after=after, notes="Mine.")

    assert versions() == [(1, None)]


def test_what_says_the_same_is_no_version(actor):
    write(actor)

    with pytest.raises(NothingNew):
        write(actor, after=1)

    assert versions() == [(1, None)]


def test_checking_removes_the_mark_of_a_sample_and_nothing_else(actor):
    sample = write(actor, is_sample=True)

    checked = mark_checked(GERMANY, after=1, actor=actor, at=LATER)

    assert changes_between(sample, checked) == [
        Change("Compliance", "Sample: to be checked by compliance", "Checked")
    ]


def test_what_was_changed_meanwhile_is_not_marked_as_checked(actor):
    write(actor, is_sample=True)
    write(actor, after=1, is_sample=True, notes="Changed.")

    with pytest.raises(WrittenMeanwhile):
        mark_checked(GERMANY, after=1, actor=actor, at=LATER)

    assert Requirement.objects.get(superseded_at=None).is_sample


def test_withdrawing_is_a_version_that_says_nothing(actor):
    write(actor)

    withdrawn = withdraw(GERMANY, after=1, actor=actor, at=LATER)

    assert withdrawn.says_nothing
    assert Terms.of(withdrawn) == Terms()
    assert versions() == [(1, LATER), (2, None)]


def test_after_a_withdrawal_something_can_be_asked_again(actor):
    write(actor)
    withdraw(GERMANY, after=1, actor=actor, at=NOON)

    write(actor, after=2, at=LATER)

    assert versions() == [(1, NOON), (2, LATER), (3, None)]


def test_a_change_is_shown_with_what_was_before(actor):
    before = write(actor)
    after = write(actor, after=1, address="country", notes="")

    assert changes_between(before, after) == [
        Change("Address", "An address in the city of the number", "An address in the country"),
        Change("Notes", "A flat in the area.", ""),
    ]


def test_of_the_documents_those_are_shown_that_came_or_went(actor):
    before = write(actor, documents=("Passport", "Proof of address"))
    after = write(actor, after=1, documents=("Contract", "Passport"))

    assert changes_between(before, after) == [Change("Documents", "Proof of address", "Contract")]


def test_documents_in_another_order_are_a_change(actor):
    before = write(actor, documents=("Passport", "Contract"))
    after = write(actor, after=1, documents=("Contract", "Passport"))

    assert changes_between(before, after) == [
        Change("Order of documents", "", "Contract\nPassport")
    ]


@pytest.mark.parametrize("changes", [{"notes": "Mine."}, {"version": 7}, {"superseded_at": None}])
def test_a_version_is_never_changed(actor, changes):
    write(actor)
    write(actor, after=1, notes="Changed.")

    with pytest.raises(Error, match="never changed"), transaction.atomic():
        Requirement.objects.filter(version=1).update(**changes)


def test_a_version_is_never_deleted(actor):
    write(actor)

    with pytest.raises(Error), transaction.atomic():
        Requirement.objects.all().delete()


@pytest.mark.parametrize(
    "changes",
    [
        {"notes": "x" * 4001},
        {"documents": tuple(f"Paper {n}" for n in range(13))},
        {"identity": "robot"},
        {"address": "moon"},
    ],
)
def test_the_database_bounds_what_a_version_says(actor, changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        write(actor, **changes)
