"""Signing in, staying signed in, and what is worth nothing on another tenant's host."""

from importlib import import_module

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django_tenants.utils import schema_context, tenant_context

from notices.models import OutboxMail
from people.models import Member
from tenants.models import Staff
from tests.conftest import NOON, SiteClient
from users.links import set_password_path
from users.models import User

PASSWORD = "correct horse battery"
LOGIN = "/account/login/"


@pytest.fixture(autouse=True)
def nothing_counted():
    cache.clear()


def make_member(tenant, email="ida@acme.example", **fields):
    with tenant_context(tenant):
        user = User.objects.create_user(email, PASSWORD, name="Ida", **fields)
        Member.objects.create(user=user, role="member", joined_at=NOON)
    return user


def make_operator(email="otto@numberyard.example"):
    user = User.objects.create_user(email, PASSWORD, name="Otto")
    Staff.objects.create(user=user, role="operator", invited_at=NOON)
    return user


def sign_in(client, email="ida@acme.example", password=PASSWORD):
    return client.post(LOGIN, {"login": email, "password": password})


def is_signed_in(client):
    return client.get("/account/logout/").status_code == 200


def current_code(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_a_member_signs_in_with_the_address_in_any_case(tenant, stranger):
    make_member(tenant)

    answer = sign_in(stranger, "Ida@ACME.example")

    assert (answer.status_code, answer.url) == (302, "/")
    assert is_signed_in(stranger)


def test_the_page_that_was_asked_for_comes_after_signing_in(tenant, stranger):
    asked = stranger.get("/account/second-factor/")

    assert asked.status_code == 302
    assert asked.url == "/account/login/?next=/account/second-factor/"


def test_a_fragment_asked_for_by_a_stranger_sends_the_whole_page_to_sign_in(stranger):
    answer = stranger.get(
        "/account/second-factor/",
        headers={"hx-request": "true", "hx-current-url": f"http://{stranger.host}/orders/"},
    )

    assert answer["HX-Redirect"] == "/account/login/?next=/orders/"


def test_a_wrong_password_and_an_unknown_address_are_told_alike(tenant, stranger):
    make_member(tenant)

    wrong = sign_in(stranger, password="not the password")
    unknown = sign_in(stranger, email="nobody@acme.example")

    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert not is_signed_in(stranger)


def test_a_deactivated_member_cannot_sign_in(tenant, stranger):
    user = make_member(tenant)
    Member.objects.filter(user=user).update(deactivated_at=NOON)

    answer = sign_in(stranger)

    assert answer.url == "/account/inactive/"
    assert not is_signed_in(stranger)


def test_deactivation_ends_a_session_at_the_next_request(tenant, stranger):
    user = make_member(tenant)
    sign_in(stranger)

    Member.objects.filter(user=user).update(deactivated_at=NOON)

    assert not is_signed_in(stranger)


def test_a_tenants_person_is_nobody_on_another_host(tenant, other_tenant):
    make_member(tenant)

    sign_in(globex := SiteClient(other_tenant.get_primary_domain().domain))
    sign_in(platform := SiteClient(django_settings.PLATFORM_HOST))

    assert not is_signed_in(globex)
    assert not is_signed_in(platform)


def test_staff_cannot_sign_in_to_a_tenant(tenant, stranger):
    with schema_context("public"):
        make_operator()

    sign_in(stranger, "otto@numberyard.example")

    assert not is_signed_in(stranger)


def copy_rows(source, target, *tables):
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                f"insert into {target}.{table} overriding system value"
                f" select * from {source}.{table}"
            )


def test_a_cookie_is_worth_nothing_in_a_clone_of_its_tenant(tenant, other_tenant, stranger):
    make_member(tenant)
    sign_in(stranger)
    copy_rows(
        tenant.schema_name,
        other_tenant.schema_name,
        "users_user",
        "people_member",
        "django_session",
    )
    thief = SiteClient(other_tenant.get_primary_domain().domain)
    thief.cookies = stranger.cookies

    assert is_signed_in(stranger)
    assert not is_signed_in(thief)


def test_a_session_written_for_one_schema_is_empty_in_another(tenant, other_tenant):
    store = import_module(django_settings.SESSION_ENGINE).SessionStore()
    written = store.encode({"_auth_user_id": "1"})

    assert store.decode(written) == {"_auth_user_id": "1"}
    with tenant_context(other_tenant):
        assert store.decode(written) == {}


def test_a_password_link_works_once_and_in_its_own_tenant_alone(tenant, other_tenant, stranger):
    user = make_member(tenant)
    path = set_password_path(user)
    copy_rows(tenant.schema_name, other_tenant.schema_name, "users_user", "people_member")
    thief = SiteClient(other_tenant.get_primary_domain().domain)

    stolen = thief.get(path, follow=True)
    form = stranger.get(path)
    done = stranger.post(form.url, {"password1": "a new long one", "password2": "a new long one"})
    again = stranger.get(path)

    assert b"does not work any more" in stolen.content
    assert done.url == "/account/password/reset/key/done/"
    assert b"does not work any more" in again.content


def test_a_forgotten_password_is_mailed_through_the_outbox(tenant, stranger):
    make_member(tenant)

    known = stranger.post("/account/password/reset/", {"email": "ida@acme.example"})
    unknown = stranger.post("/account/password/reset/", {"email": "nobody@acme.example"})

    assert known.url == unknown.url == "/account/password/reset/done/"
    mail = OutboxMail.objects.get()
    assert (mail.to, mail.tenant) == ("ida@acme.example", tenant.reference)
    assert f"http://{stranger.host}/account/password/reset/key/" in mail.text


def test_a_short_password_is_refused(tenant, stranger):
    form = stranger.get(set_password_path(make_member(tenant)))

    answer = stranger.post(form.url, {"password1": "too short", "password2": "too short"})

    assert "at least 12 characters" in answer.content.decode()


def test_guessing_is_stopped_after_five_attempts(tenant, stranger):
    make_member(tenant)
    for _ in range(5):
        sign_in(stranger, password="not the password")

    answer = sign_in(stranger)

    assert "Too many failed login attempts" in answer.content.decode()
    assert not is_signed_in(stranger)


def test_attempts_at_one_tenant_do_not_count_at_another(tenant, other_tenant, stranger):
    make_member(tenant, "ida@both.example")
    make_member(other_tenant, "ida@both.example")
    for _ in range(5):
        sign_in(stranger, "ida@both.example", "not the password")

    sign_in(globex := SiteClient(other_tenant.get_primary_domain().domain), "ida@both.example")

    assert is_signed_in(globex)


@pytest.fixture
def without_cache(settings):
    down = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": down}


def test_without_the_cache_nobody_signs_in_and_everybody_is_told(tenant, stranger, without_cache):
    make_member(tenant)

    answer = sign_in(stranger)

    assert answer.status_code == 503
    assert "Try again in a minute" in answer.content.decode()


def test_without_the_cache_whoever_is_signed_in_goes_on(admin, without_cache):
    assert admin.post("/theme/", {"theme": "dark"}).status_code == 302
    assert is_signed_in(admin)


def test_staff_set_up_a_second_factor_before_anything_else(db):
    make_operator()
    client = SiteClient(django_settings.PLATFORM_HOST)
    sign_in(client, "otto@numberyard.example")

    first = client.get("/")
    page = client.get(first.url)
    client.post(first.url, {"code": current_code(page.context["form"].secret)})

    assert first.url == "/account/second-factor/app/"
    assert client.get("/account/second-factor/").status_code == 200


def test_staff_are_asked_for_a_code_and_it_works_once(db):
    user, secret = make_operator(), generate_totp_secret()
    TOTP.activate(user, secret)
    client, other = (SiteClient(django_settings.PLATFORM_HOST) for _ in range(2))

    asked = sign_in(client, user.email)
    before = is_signed_in(client)
    client.post(asked.url, {"code": (code := current_code(secret))})
    sign_in(other, user.email)
    other.post(asked.url, {"code": code})

    assert (asked.url, before) == ("/account/second-factor/code/", False)
    assert is_signed_in(client)
    assert not is_signed_in(other)


def test_the_secret_of_a_second_factor_is_sealed_in_the_database(db):
    secret = generate_totp_secret()

    TOTP.activate(make_operator(), secret)

    assert secret not in str(Authenticator.objects.get().data)


def test_staff_cannot_take_their_second_factor_off(db):
    user, secret = make_operator(), generate_totp_secret()
    TOTP.activate(user, secret)
    client = SiteClient(django_settings.PLATFORM_HOST)
    asked = sign_in(client, user.email)
    client.post(asked.url, {"code": current_code(secret)})

    client.post("/account/second-factor/app/remove/")

    assert Authenticator.objects.filter(type="totp").exists()
