"""The first pages, the choice of colours, and what watches the web process."""

import pytest

from tests.conftest import SiteClient


def test_a_new_tenant_is_told_what_to_do_first(admin):
    page = admin.get("/").content.decode()

    assert "No numbers yet" in page
    assert "Balance" in page


def test_a_member_is_not_shown_the_balance(member):
    assert 'href="/billing/"' not in member.get("/").content.decode()


def test_staff_see_what_needs_somebody(operator):
    page = operator.get("/").content.decode()

    assert "Mails given up" in page
    assert "Stock low" in page


@pytest.mark.parametrize("colours", ["light", "dark", "system"])
def test_the_choice_of_colours_is_kept_for_a_year(stranger, colours):
    answer = stranger.post("/theme/", {"theme": colours, "next": "/account/login/"})

    assert answer.url == "/account/login/"
    assert answer.cookies["theme"].value == colours
    assert answer.cookies["theme"]["max-age"] == 365 * 24 * 3600


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example/", "\\\\evil.example", "javascript:1"]
)
def test_nobody_is_sent_to_another_site(stranger, elsewhere):
    assert stranger.post("/theme/", {"theme": "dark", "next": elsewhere}).url == "/"


def test_an_unknown_colour_is_not_kept(stranger):
    assert "theme" not in stranger.post("/theme/", {"theme": "pink"}).cookies


def test_health_is_asked_on_the_platforms_host(db, settings):
    assert SiteClient(settings.PLATFORM_HOST).get("/healthz").content == b"ok"
