import pytest
from django.db import DataError, InterfaceError, OperationalError, connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import get_resolver

from config import faults


def answer_to(error):
    try:
        raise error
    except type(error):
        return faults.server_error(RequestFactory().get("/"))


@pytest.mark.parametrize("error", [OperationalError("starting up"), InterfaceError("closed")])
def test_database_that_is_away_makes_a_visitor_come_back(error):
    answer = answer_to(error)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Try again in a minute" in answer.text


def test_fault_of_ours_is_called_one():
    assert answer_to(ValueError("ours")).status_code == 500


@pytest.mark.parametrize("urls", ["config.urls_tenant", "config.urls_platform"])
def test_both_kinds_of_sites_answer_so(urls):
    assert get_resolver(urls).resolve_error_handler(500) is faults.server_error


def ask(value):
    with connection.cursor() as cursor:
        cursor.execute("select %s, 1 / 0", [value])


@pytest.mark.parametrize(("value", "status"), [("a\x00b", 400), ("ab", None)])
@pytest.mark.django_db
def test_a_nul_that_gets_as_far_as_the_database_is_refused(value, status):
    with pytest.raises(DataError) as failed:
        ask(value)

    refuse = faults.NulMiddleware(HttpResponse).process_exception
    answer = refuse(RequestFactory().get("/"), failed.value)

    assert (answer and answer.status_code) == status


def test_a_nul_in_a_post_changes_nothing(admin):
    answer = admin.post("/cart/remove/", {"number": "\x00"})

    assert answer.status_code == 400
    assert "makes no sense to us" in answer.text
