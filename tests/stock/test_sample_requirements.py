"""Sample content for the catalogue: there for every kind, and never in the way of a person's."""

from io import StringIO

import pytest
from django.core.management import call_command

from stock import revising
from stock.models import AddressRule, IdentityKind, Requirement
from stock.models.requirements import MAX_DOCUMENT_LENGTH, MAX_DOCUMENTS, MAX_NOTES_LENGTH
from stock.numbering_plan import read_plan
from stock.requirements import describe
from stock.sample_requirements import load_samples, read_samples
from tests.conftest import NOON
from tests.stock.factories import GERMANY, make_terms

SAMPLES = read_samples()
every_sample = pytest.mark.parametrize(
    "terms", [pytest.param(terms, id="-".join(kind)) for kind, terms in SAMPLES.items()]
)


def load():
    said = StringIO()
    call_command("load_sample_requirements", stdout=said)
    return said.getvalue().strip()


def test_there_is_one_for_every_country_and_type_of_the_plan():
    plan = {(row.country, row.number_type) for row in read_plan()}

    assert set(SAMPLES) == plan


def test_enough_of_them_ask_something():
    asking = {country for (country, _), terms in SAMPLES.items() if terms.identity != "none"}
    registering = [kind for kind, terms in SAMPLES.items() if terms.needs_registration]

    assert len(asking) >= 12
    assert len(registering) >= 4


@every_sample
def test_it_fits_where_it_is_kept(terms):
    assert terms.is_sample
    assert terms.identity in IdentityKind.values
    assert terms.address in AddressRule.values
    assert len(terms.documents) <= MAX_DOCUMENTS
    assert all(0 < len(document) <= MAX_DOCUMENT_LENGTH for document in terms.documents)
    assert 0 < len(terms.notes) <= MAX_NOTES_LENGTH


@pytest.mark.parametrize("country", ["US", "CA"])
def test_north_america_asks_nothing_before_and_explains_e911(country):
    terms = SAMPLES[country, "geographic"]

    assert (terms.identity, terms.documents, terms.needs_registration) == ("none", (), False)
    assert "E911" in terms.notes


@pytest.mark.django_db
def test_what_is_loaded_is_marked_as_a_sample():
    load()

    held = Requirement.objects.filter(superseded_at=None)
    assert held.count() == len(SAMPLES)
    assert {describe(requirement).sample for requirement in held} == {
        "Sample: to be checked by compliance"
    }


@pytest.mark.django_db
def test_loading_again_writes_nothing():
    load()

    assert load() == "0 sample requirements written"


@pytest.mark.django_db
def test_what_a_person_wrote_stays(actor):
    mine = revising.write_version(GERMANY, make_terms(), after=0, actor=actor, at=NOON)

    load()

    assert revising.find_holding(GERMANY) == mine


@pytest.mark.django_db
@pytest.mark.parametrize("act", [revising.mark_checked, revising.withdraw])
def test_what_a_person_checked_or_withdrew_stays(actor, act):
    load()
    settled = act(GERMANY, after=1, actor=actor, at=NOON)

    load()

    assert revising.find_holding(GERMANY) == settled


@pytest.mark.django_db
def test_a_sample_that_nobody_touched_is_brought_up_to_date():
    load_samples({GERMANY: make_terms(is_sample=True, notes="Old.")}, at=NOON)

    load()

    holding = revising.find_holding(GERMANY)
    assert (holding.version, holding.notes) == (2, SAMPLES[GERMANY].notes)
