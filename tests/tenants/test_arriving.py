"""Whose site a request is for: the exact host says it, and nothing else a client sends."""

import pytest
from django_tenants.utils import schema_context

from tests.conftest import SiteClient
from tests.inventory.factories import make_held_number


@pytest.mark.parametrize(
    "host",
    ["acme.numberyard.localhost", "acme.numberyard.localhost:8000", "ACME.Numberyard.LOCALHOST"],
)
def test_a_host_leads_to_its_tenant_with_any_port_and_case(tenant, host):
    assert "Sign in to Acme Telecom" in SiteClient(host).get("/account/login/").content.decode()


@pytest.mark.parametrize(
    "host",
    [
        "nobody.numberyard.localhost",
        "x.acme.numberyard.localhost",
        "acme.numberyard.localhost.evil.example",
        "evil.example",
        "acme",
        "127.0.0.1",
        "..",
    ],
)
def test_any_other_host_is_told_that_nothing_is_there(tenant, host):
    answer = SiteClient(host).get("/account/login/")

    assert answer.status_code == 404
    assert "There is no site at this address" in answer.content.decode()


@pytest.mark.parametrize("header", ["x-forwarded-host", "x-host", "forwarded"])
def test_no_other_header_leads_to_a_tenant(tenant, stranger, header):
    answer = stranger.get("/account/login/", headers={header: "globex.numberyard.localhost"})

    assert "Sign in to Acme Telecom" in answer.content.decode()


def test_what_is_streamed_comes_from_the_tenants_schema(tenant, admin):
    make_held_number(tenant, description="Main line")
    answer = admin.get("/numbers/export/")

    with schema_context("public"):
        exported = answer.getvalue().decode()

    assert "Main line" in exported


def test_times_are_shown_in_the_tenants_zone(tenant, admin):
    tenant.time_zone = "Asia/Tokyo"
    tenant.save(update_fields=["time_zone"])
    admin.post("/people/invite/", {"name": "Nia", "email": "nia@acme.example", "role": "member"})

    page = admin.get("/people/").content.decode()

    assert "+09:00" in page
