"""The operator's list of customers, and what becomes of them."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django_tenants.utils import schema_context, tenant_context

from people.models import Member, MemberAct
from tenants.models import SignUp, StaffAct, Tenant
from tests.conftest import SiteClient

NEW = {
    "company": "Initech",
    "site": "initech",
    "name": "Bill",
    "email": "bill@initech.example",
    "country": "US",
    "currency": "USD",
    "time_zone": "America/Chicago",
}


@pytest.fixture
def acme(other_tenant):
    return Tenant.objects.get(name="Acme Telecom")


def test_the_list_shows_who_there_is(operator, acme, django_assert_max_num_queries):
    with django_assert_max_num_queries(30):
        page = operator.get("/tenants/").content.decode()

    assert "Acme Telecom" in page
    assert "globex.numberyard.localhost" in page


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("q=acme", "Acme Telecom", "Globex"),
        ("q=GLOBEX.numberyard", "Globex", "Acme Telecom"),
        ("state=ready&q=globex", "Globex", "Acme Telecom"),
    ],
)
def test_a_filter_narrows_the_list(operator, acme, query, shown, hidden):
    rows = operator.get(f"/tenants/?{query}", headers={"hx-request": "true"}).content.decode()

    assert shown in rows
    assert hidden not in rows


def test_the_list_goes_into_a_file(operator, acme):
    lines = operator.get("/tenants/export/").getvalue().decode().splitlines()

    assert len(lines) == 1 + Tenant.objects.count()
    assert any(line.startswith("Acme Telecom,acme.numberyard.localhost,ready") for line in lines)


def test_an_added_tenant_waits_for_its_schema(operator):
    answer = operator.post("/tenants/add/", NEW)

    wish = SignUp.objects.get()
    assert answer.url == "/tenants/"
    assert (wish.state, wish.password_hash) == ("confirmed", "")
    assert StaffAct.objects.get().kind == "tenant_added"
    assert "Initech (initech)" in operator.get("/tenants/").content.decode()


def test_an_added_tenant_cannot_have_the_site_of_another(operator, acme):
    answer = operator.post("/tenants/add/", NEW | {"site": "acme"})

    assert answer.status_code == 422
    assert "Somebody else has this address" in answer.content.decode()
    assert not SignUp.objects.exists()


def test_a_suspended_site_says_why_on_every_page(operator, acme):
    operator.post(f"/tenants/{acme.reference}/suspend/", {"reason": "Unpaid since March."})

    visitor = SiteClient("acme.numberyard.localhost")
    pages = [visitor.get(path) for path in ("/", "/account/login/", "/none/")]
    assert {page.status_code for page in pages} == {403}
    assert all("Unpaid since March." in page.content.decode() for page in pages)
    assert StaffAct.objects.get().reason == "Unpaid since March."


def test_a_resumed_site_is_open_again(operator, acme):
    operator.post(f"/tenants/{acme.reference}/suspend/", {"reason": "Unpaid since March."})

    operator.post(f"/tenants/{acme.reference}/resume/", {"reason": "Paid."})

    assert SiteClient("acme.numberyard.localhost").get("/account/login/").status_code == 200


def test_suspending_needs_a_reason(operator, acme):
    answer = operator.post(f"/tenants/{acme.reference}/suspend/", {"reason": ""})

    acme.refresh_from_db()
    assert (answer.status_code, acme.state) == (422, "ready")


def test_suspending_twice_is_told(operator, acme):
    operator.post(f"/tenants/{acme.reference}/suspend/", {"reason": "Unpaid."})

    answer = operator.post(f"/tenants/{acme.reference}/suspend/", {"reason": "Again."}, follow=True)

    assert "Acme Telecom is suspended by now." in answer.content.decode()
    assert StaffAct.objects.count() == 1


def test_closing_needs_the_name_typed(operator, acme):
    answer = operator.post(
        f"/tenants/{acme.reference}/close/", {"reason": "Asked for it.", "confirm": "acme"}
    )

    acme.refresh_from_db()
    assert (answer.status_code, acme.state) == (422, "ready")
    assert "exactly as it is written" in answer.content.decode()


def test_a_closed_site_is_as_unknown_as_any(operator, acme):
    operator.post(
        f"/tenants/{acme.reference}/close/", {"reason": "Asked for it.", "confirm": acme.name}
    )

    closed = SiteClient("acme.numberyard.localhost").get("/")
    unknown = SiteClient("nobody.numberyard.localhost").get("/")
    assert closed.status_code == unknown.status_code == 404
    assert closed.content == unknown.content
    assert operator.get(f"/tenants/{acme.reference}/").status_code == 200


def test_an_admins_lost_second_factor_is_reset_by_the_operator(operator, admin, tenant):
    me = Member.objects.select_related("user").get()
    TOTP.activate(me.user, generate_totp_secret())

    with schema_context("public"):
        operator.post(f"/tenants/{tenant.reference}/admins/{me.reference}/second-factor/reset/")

    with tenant_context(tenant):
        assert not Authenticator.objects.exists()
        assert MemberAct.objects.get().actor_kind == "staff"
    with schema_context("public"):
        assert StaffAct.objects.get().kind == "admin_factor_reset"


def test_support_sees_tenants_and_changes_nothing(support, acme):
    assert support.get(f"/tenants/{acme.reference}/").status_code == 200
    assert support.get("/tenants/add/").status_code == 403
    assert support.post(f"/tenants/{acme.reference}/suspend/", {"reason": "No."}).status_code == 403
