"""Becoming a tenant: asking, confirming, and what is refused."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.urls import reverse

from notices.models import OutboxMail
from tenants import signing_up
from tenants.models import SignUp, SignUpState
from tenants.platform_settings import change_setting
from tenants.signing_up import LinkLapsed
from tenants.sites import SiteUnavailable, check_site
from tests.conftest import NOON, SiteClient

WISH = {
    "company": "Initech",
    "site": "initech",
    "name": "Bill",
    "email": "Bill@initech.example",
    "password": "correct horse battery",
    "country": "US",
    "currency": "USD",
    "time_zone": "America/Chicago",
}


@pytest.fixture(autouse=True)
def nothing_counted(db):
    cache.clear()


@pytest.fixture
def visitor(settings):
    return SiteClient(settings.PLATFORM_HOST)


def ask(**changes):
    return signing_up.ask_for_site(**WISH | changes, at=NOON)


def link_of(client):
    text = OutboxMail.objects.latest("id").text
    return "/sign-up/" + text.partition("/sign-up/")[2].split()[0]


def test_a_sign_up_is_kept_and_a_link_mailed(visitor):
    answer = visitor.post("/sign-up/", WISH)

    wish = SignUp.objects.get()
    assert answer.url == f"/sign-up/{wish.reference}/"
    assert (wish.state, wish.email) == ("unconfirmed", "bill@initech.example")
    assert OutboxMail.objects.get().to == "bill@initech.example"


def test_the_link_asks_for_a_click_and_only_that_confirms(visitor):
    visitor.post("/sign-up/", WISH)

    page = visitor.get(link_of(visitor))
    before = SignUp.objects.get().state
    answer = visitor.post(link_of(visitor))

    assert (page.status_code, before) == (200, "unconfirmed")
    assert answer.url == f"/sign-up/{SignUp.objects.get().reference}/"
    assert SignUp.objects.get().state == "confirmed"


def test_a_link_is_good_for_two_days(db):
    wish = ask()
    token = link_of(None).split("/")[3]

    assert signing_up.find_by_token(token, at=NOON + timedelta(hours=48)) == wish
    with pytest.raises(LinkLapsed):
        signing_up.find_by_token(token, at=NOON + timedelta(hours=48, seconds=1))


def test_what_is_not_confirmed_in_time_is_let_go_with_its_password(visitor):
    late, recent = ask(), ask(site="other")
    SignUp.objects.filter(pk=late.pk).update(asked_at=NOON - timedelta(hours=49))

    signing_up.lapse(at=NOON)

    late.refresh_from_db()
    recent.refresh_from_db()
    assert (late.state, late.password_hash) == ("lapsed", "")
    assert recent.state == "unconfirmed"
    assert "not confirmed in time" in visitor.get(f"/sign-up/{late.reference}/").content.decode()


def test_a_forged_link_is_refused(visitor):
    wish = ask()

    answer = visitor.post(f"/sign-up/confirm/{wish.reference}:forged/")

    assert answer.status_code == 410
    assert SignUp.objects.get().state == "unconfirmed"


def test_of_two_who_want_one_site_the_first_to_confirm_gets_it(db):
    first, second = ask(), ask(email="other@initech.example")
    signing_up.confirm(second, at=NOON)

    with pytest.raises(SiteUnavailable):
        signing_up.confirm(first, at=NOON)

    assert SignUp.objects.get(state=SignUpState.CONFIRMED) == second


@pytest.mark.parametrize("site", ["acme", "www", "a", "-dash", "dash-", "Ümlaut", "x.y", "xn--abc"])
def test_an_address_that_is_taken_reserved_or_none_is_refused(db, site):
    with pytest.raises(SiteUnavailable):
        check_site(site)


def test_the_field_says_while_typing_whether_the_address_is_free(visitor):
    assert (
        "initech.numberyard.localhost is free"
        in visitor.get("/sign-up/site/", {"site": "Initech"}).content.decode()
    )
    assert (
        "Somebody else has this address"
        in visitor.get("/sign-up/site/", {"site": "acme"}).content.decode()
    )


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("password", "short", "at least 12 characters"),
        ("site", "acme", "Somebody else has this address"),
        ("currency", "XXX", "Select a valid choice"),
        ("email", "no address", "Enter a valid email address"),
    ],
)
def test_a_wrong_field_is_explained_and_nothing_kept(visitor, field, value, message):
    answer = visitor.post("/sign-up/", WISH | {field: value})

    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert not SignUp.objects.exists()


def test_closed_sign_up_says_so(visitor):
    change_setting("sign_up.is_open", 0)

    answer = visitor.post("/sign-up/", WISH)

    assert answer.status_code == 403
    assert not SignUp.objects.exists()


def test_one_address_may_ask_only_so_often(visitor):
    answers = [visitor.post("/sign-up/", {}).status_code for _ in range(21)]

    assert answers == [422] * 20 + [429]


def test_the_progress_page_polls_until_the_site_is_open(visitor, tenant):
    connection.set_schema_to_public()
    wish = ask()
    url = reverse("sign-up:progress", "config.urls_platform", args=[wish.reference])
    waiting = visitor.get(url, headers={"hx-request": "true"}).content.decode()
    SignUp.objects.update(state="confirmed")
    SignUp.objects.update(state="opened", tenant=tenant)

    ready = visitor.get(url, headers={"hx-request": "true"}).content.decode()

    assert "hx-trigger" in waiting
    assert "hx-trigger" not in ready
    assert "http://acme.numberyard.localhost" in ready
