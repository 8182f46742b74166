"""The catalogue of what numbers ask of their holders, as staff see and change it."""

from io import StringIO

import pytest
from django.core.management import call_command

from stock.models import Requirement
from stock.revising import withdraw, write_version
from tests.conftest import NOON
from tests.stock.factories import GERMANY, make_sku, make_terms

PAGE = "/requirements/DE/geographic/"
SAVED = {
    "after": "1",
    "identity": "company",
    "address": "country",
    "documents": "Register\r\n\r\n  Passport  ",
    "notes": "First.\r\n\r\nSecond.",
    "needs_registration": "on",
    "is_checked": "on",
}


def write(actor, after=0, kind=GERMANY, **changes):
    return write_version(kind, make_terms(**changes), after=after, actor=actor, at=NOON)


def holding():
    return Requirement.objects.get(superseded_at=None)


@pytest.fixture
def german(db, actor):
    return write(actor, is_sample=True)


@pytest.fixture
def samples(db):
    call_command("load_sample_requirements", stdout=StringIO())


def test_the_list_shows_what_is_asked(support, samples, django_assert_max_num_queries):
    with django_assert_max_num_queries(18):
        page = support.get("/requirements/").text

    assert "Germany, geographic" in page
    assert "Identity, address, registration, 2 documents" in page
    assert "Nothing before you buy" in page
    assert "after=SG/geographic" in page.replace("%2F", "/")


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ({"country": "DE"}, "Germany, geographic", "France"),
        ({"country": "DE", "number_type": "mobile"}, "Germany, mobile", "Germany, geographic"),
        ({"country": "GB", "registration": "False"}, "United Kingdom, mobile", "Germany"),
        ({"registration": "True"}, "Germany, geographic", "United Kingdom"),
        ({"compliance": "True", "country": "US"}, "United States, toll-free", "Canada"),
    ],
)
def test_a_filter_narrows_the_list(support, samples, query, shown, hidden):
    rows = support.get("/requirements/", query, headers={"hx-request": "true"}).text

    assert shown in rows
    assert hidden not in rows


def test_of_what_is_checked_there_is_none_yet(support, samples):
    page = support.get("/requirements/", {"compliance": "False"}).text

    assert "No entry here" in page


def test_the_list_says_what_is_sold_without_an_entry(operator, german):
    make_sku(code="DE-GEO", country="DE")
    make_sku(code="JP-MOB", country="JP", number_type="mobile")

    page = operator.get("/requirements/").text

    assert "/requirements/add/?country=JP&amp;number_type=mobile" in page
    assert "country=DE" not in page


def test_the_list_goes_into_a_file(support, german):
    lines = support.get("/requirements/export/").getvalue().decode().splitlines()

    assert lines[1].startswith("DE,Germany,Geographic,1,A person or a company,")
    assert lines[1].endswith(",yes,Ada,2026-11-22 12:00")


def test_the_page_shows_what_buyers_read(support, german):
    page = support.get(PAGE).text

    assert "In the city or area of the number" in page
    assert "Proof of address" in page
    assert "Sample: to be checked by compliance" in page


@pytest.mark.parametrize(
    "path", ["/requirements/DE/mobile/", "/requirements/XX/geographic/", "/requirements/DE/pager/"]
)
def test_a_kind_without_an_entry_is_not_found(support, german, path):
    assert support.get(path).status_code == 404


@pytest.mark.parametrize("kind", ["DE/pager", "de/geographic", "DEU/geographic", "D\u0660/mobile"])
@pytest.mark.parametrize("act", ["edit/", "check/", "withdraw/"])
def test_what_is_no_kind_has_no_page(operator, german, kind, act):
    assert operator.get(f"/requirements/{kind}/{act}").status_code == 404
    assert operator.post(f"/requirements/{kind}/{act}").status_code == 404


def test_each_version_says_what_it_changed_and_who_wrote_it(
    support, german, actor, django_assert_max_num_queries
):
    write(actor, after=1, notes="Changed.")
    withdraw(GERMANY, after=2, actor=actor, at=NOON)

    with django_assert_max_num_queries(18):
        page = support.get(PAGE).text

    assert "Withdrawn: nothing is asked any more." in page
    assert "<del>A flat in the area.</del><br><ins>Changed.</ins>" in page
    assert "<del>Sample: to be checked by compliance</del><br><ins>Checked</ins>" in page
    assert "The first version." in page


def test_a_long_history_is_paged_and_compares_across_the_edge(support, actor):
    for after in range(52):
        write(actor, after=after, notes=f"Text {after}.")

    first = support.get(PAGE).text
    second = support.get(PAGE, {"after": "3"}, headers={"hx-request": "true"}).text

    assert "<del>Text 1.</del><br><ins>Text 2.</ins>" in first
    assert "<del>Text 0.</del><br><ins>Text 1.</ins>" in second
    assert "The first version." in second


def test_saving_writes_a_new_version(operator, german):
    answer = operator.post(f"{PAGE}edit/", SAVED)

    written = holding()
    assert answer.url == PAGE
    assert (written.version, written.actor_name) == (2, "Olga")
    assert (written.identity, written.address) == ("company", "country")
    assert written.documents == ["Register", "Passport"]
    assert written.notes == "First.\n\nSecond."
    assert (written.needs_registration, written.is_sample) == (True, False)


def test_saving_what_was_opened_changes_nothing(operator, samples):
    form = operator.get("/requirements/US/geographic/edit/").context["form"]
    opened = {name: value for name, value in form.initial.items() if value is not False}
    opened["notes"] = opened["notes"].replace("\n", "\r\n")

    answer = operator.post("/requirements/US/geographic/edit/", opened)

    assert answer.status_code == 422
    assert "It says this already." in answer.text
    assert not Requirement.objects.filter(version=2).exists()


def test_the_second_of_two_editors_is_told_and_loses_no_word(operator, german, actor):
    write(actor, after=1, notes="Ada was first.")

    answer = operator.post(f"{PAGE}edit/", SAVED)

    assert answer.status_code == 422
    assert "Ada has written version 2 meanwhile." in answer.text
    assert "Ada was first." in answer.text
    assert "Second." in answer.text
    assert holding().version == 2


def test_having_seen_the_other_version_the_second_editor_saves(operator, german, actor):
    write(actor, after=1, notes="Ada was first.")
    again = operator.post(f"{PAGE}edit/", SAVED).context["form"].data

    operator.post(f"{PAGE}edit/", again)

    assert (holding().version, holding().actor_name) == (3, "Olga")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"identity": "robot"}, "Select a valid choice"),
        ({"address": ""}, "This field is required"),
        ({"notes": "x" * 4001}, "at most 4000 characters"),
        ({"documents": "\n".join(f"Paper {n}" for n in range(13))}, "At most 12 documents"),
        ({"documents": "x" * 121}, "at most 120 characters"),
        ({"documents": "x" * 5000}, "at most 1452 characters"),
        ({"notes": "a\x00b"}, "Null characters are not allowed"),
        ({"after": "-1"}, "This page is not whole"),
        ({"after": "many"}, "This page is not whole"),
    ],
)
def test_what_is_refused_is_explained_and_nothing_is_written(operator, german, changes, why):
    answer = operator.post(f"{PAGE}edit/", SAVED | changes)

    assert answer.status_code == 422
    assert why in answer.text
    assert holding() == german


def test_a_text_as_long_as_it_may_be_is_saved_however_lines_end(operator, german):
    operator.post(f"{PAGE}edit/", SAVED | {"notes": "x" * 1999 + "\r\n" + "y" * 2000})

    assert len(holding().notes) == 4000


def test_markup_is_shown_as_it_was_typed(operator, german):
    script = "<script>alert(1)</script>"
    operator.post(f"{PAGE}edit/", SAVED | {"notes": script, "documents": script})

    pages = [operator.get(path).text for path in (PAGE, f"{PAGE}edit/", "/requirements/")]

    assert all("<script>alert" not in page for page in pages)
    assert pages[0].count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 3


def test_a_first_version_is_added(operator):
    opened = operator.get("/requirements/add/", {"country": "JP", "number_type": "mobile"})

    answer = operator.post(
        "/requirements/add/", SAVED | {"after": "0", "country": "JP", "number_type": "mobile"}
    )

    assert opened.context["form"].initial["country"] == "JP"
    assert answer.url == "/requirements/JP/mobile/"
    assert (holding().country, holding().version) == ("JP", 1)


def test_a_kind_is_added_once(operator, german):
    answer = operator.post(
        "/requirements/add/", SAVED | {"country": "DE", "number_type": "geographic"}
    )

    assert answer.status_code == 422
    assert "Germany, geographic has an entry. Edit that one." in answer.text
    assert holding() == german


def test_a_sample_is_marked_as_checked(operator, german):
    operator.post(f"{PAGE}check/", {"after": "1"})

    assert (holding().version, holding().is_sample, holding().notes) == (2, False, german.notes)
    assert "Sample: to be" not in operator.get(f"{PAGE}edit/").text


def test_what_is_asked_is_withdrawn(operator, german):
    operator.post(f"{PAGE}withdraw/", {"after": "1"})

    assert holding().says_nothing
    assert "Nothing is asked" in operator.get(PAGE).text
    assert '<span class="muted">Nothing</span>' in operator.get("/requirements/").text


@pytest.mark.parametrize("act", ["check", "withdraw"])
@pytest.mark.parametrize("seen", ["0", "1", "3", "", "x"])
def test_what_was_changed_meanwhile_is_neither_checked_nor_withdrawn(
    operator, german, actor, act, seen
):
    latest = write(actor, after=1, is_sample=True, notes="Changed.")

    page = operator.post(f"{PAGE}{act}/", {"after": seen}, follow=True).text

    assert "It was changed meanwhile, and nothing was done." in page
    assert holding() == latest


@pytest.mark.parametrize("act", ["edit", "check", "withdraw"])
def test_support_reads_and_changes_nothing(support, german, act):
    assert support.post(f"{PAGE}{act}/", SAVED).status_code == 403
    assert support.get("/requirements/add/").status_code == 403
    assert holding() == german
    assert "Edit" not in support.get(PAGE).text
