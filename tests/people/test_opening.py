"""Opening tenants' sites, by a process that may be killed at any point."""

import os
import subprocess
import sys

import psycopg
import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from notices.models import OutboxMail
from people import opening
from people.models import Member
from tenants import provisioning
from tenants.models import SignUp, SpareSchema, Tenant
from tests.conftest import NOON, ROOT, SiteClient, run_on_server, server_url
from users.models import User


@pytest.fixture(scope="module")
def owner_database(process_database):
    """A database of this module's own, worked on as its owner; migrating commits."""
    connection.close()
    connection.settings_dict["USER"] = "owner"
    return process_database


@pytest.fixture(autouse=True)
def as_owner(owner_database):
    return owner_database


def open_site(site, **changes):
    fields = {
        "name": site.title(),
        "site": site,
        "admin_email": f"Boss@{site}.example",
        "password": "correct horse battery",
        "at": NOON,
    }
    return opening.open_tenant(**fields | changes)


def make_sign_up(site, **changes):
    return SignUp.objects.create(
        **{
            "state": "confirmed",
            "state_changed_at": NOON,
            "company": site.title(),
            "site": site,
            "email": f"boss@{site}.example",
            "country": "US",
            "currency": "USD",
            "time_zone": "America/Chicago",
            "asked_at": NOON,
        }
        | changes
    )


def test_a_tenant_opened_at_once_has_its_schema_its_admin_and_its_mail():
    tenant = open_site("hooli")

    with tenant_context(tenant):
        admin = Member.objects.select_related("user").get()
    mail = OutboxMail.objects.get(tenant=tenant.reference)
    assert (tenant.state, admin.role) == ("ready", "admin")
    assert admin.user.check_password("correct horse battery")
    assert mail.to == "boss@hooli.example"
    assert "http://hooli.numberyard.localhost" in mail.text
    assert SignUp.objects.get(site="hooli").password_hash == ""


def test_without_a_password_the_welcome_mail_has_a_link_to_set_one():
    tenant = open_site("stark", password=None)

    link = OutboxMail.objects.get(tenant=tenant.reference).text.rpartition("http://")[2].split()[0]
    host, _, path = link.partition("/")
    answer = SiteClient(host).get(f"/{path}", follow=True)

    assert "Set your password" in answer.content.decode()


def test_a_spare_is_handed_over_instead_of_being_built(monkeypatch):
    provisioning.refill(at=NOON)
    spare = SpareSchema.objects.order_by("built_at").first()

    tenant = open_site("umbrella")

    assert SpareSchema.objects.count() == provisioning.SPARES - 1
    assert not SpareSchema.objects.filter(pk=spare.pk).exists()
    assert schema_exists(tenant.schema_name)
    assert not schema_exists(spare.schema_name)


def test_the_login_app_works_in_the_new_schema_and_owns_nothing(owner_database):
    tenant = open_site("wonka")

    with psycopg.connect(server_url(owner_database, "app")) as app:
        app.execute(f"insert into {tenant.schema_name}.django_session values ('k', '', now())")
        owners = app.execute(
            "select tableowner from pg_tables where schemaname = %s", [tenant.schema_name]
        ).fetchall()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(f"delete from {tenant.schema_name}.people_memberact")
    assert set(owners) == {("owner",)}


@pytest.mark.parametrize("crash", ["take_spare", "set_password_path", "queue_mail"])
def test_killed_at_any_step_it_goes_on_from_there(monkeypatch, crash):
    sign_up = make_sign_up(f"crash-{crash.replace('_', '-')}")

    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(opening, crash, die)
        with pytest.raises(Killed):
            opening.provision(sign_up, at=NOON)
    sign_up.refresh_from_db()
    halfway = sign_up.tenant.state
    tenant = opening.provision(sign_up, at=NOON)
    opening.provision(sign_up, at=NOON)

    with tenant_context(tenant):
        assert User.objects.count() == Member.objects.count() == 1
    assert (halfway, Tenant.objects.get(pk=tenant.pk).state) == ("preparing", "ready")
    assert OutboxMail.objects.filter(tenant=tenant.reference).count() == 1


def test_a_site_being_made_says_so():
    sign_up = make_sign_up("soon")
    opening._reserve(sign_up, at=NOON)

    answer = SiteClient("soon.numberyard.localhost").get("/")

    assert answer.status_code == 503
    assert "Soon is being prepared" in answer.content.decode()


def test_what_a_killed_process_left_half_built_is_dropped():
    run_on_server("create schema s_00000000000000aa authorization owner", current_database())

    provisioning.drop_useless_spares()

    assert not schema_exists("s_00000000000000aa")


def test_a_spare_without_the_latest_migration_is_dropped():
    spare = provisioning.build_spare(at=NOON)
    with connection.cursor() as cursor:
        cursor.execute(
            f"delete from {spare.schema_name}.django_migrations"
            f" where id = (select max(id) from {spare.schema_name}.django_migrations"
            " where app = 'people')"
        )

    provisioning.drop_useless_spares()

    assert not schema_exists(spare.schema_name)
    assert not SpareSchema.objects.filter(pk=spare.pk).exists()


def test_the_command_opens_what_is_confirmed_and_refills(owner_database):
    sign_up = make_sign_up("massive")

    run_command(owner_database, "provision_tenants", "--once")

    sign_up.refresh_from_db()
    assert sign_up.state == "opened"
    assert SpareSchema.objects.count() == provisioning.SPARES


def test_only_one_process_provisions(owner_database):
    with provisioning.only_one():
        refused = run_command(owner_database, "provision_tenants", "--once", check=False)

    assert "Another process provisions already." in refused.stderr


def run_command(database, *words, check=True):
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        check=check,
        capture_output=True,
        text=True,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "config.settings_test",
            "DATABASE_URL": server_url(database, "app"),
            "OWNER_DATABASE_URL": server_url(database, "owner"),
        },
    )


def current_database():
    return connection.settings_dict["NAME"]


def schema_exists(name):
    with connection.cursor() as cursor:
        cursor.execute("select 1 from pg_namespace where nspname = %s", [name])
        return bool(cursor.fetchone())
