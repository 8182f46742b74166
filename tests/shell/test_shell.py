import pytest
from django.template.loader import render_to_string

from config.shell import initials_of
from tests.inventory.factories import make_held_number


def links_of(page):
    return page.context["shell"].navigation


def test_an_admin_sees_every_page_of_the_site(admin):
    labels = [item.label for item in links_of(admin.get("/"))]

    assert labels == [
        "Overview",
        "My numbers",
        "Buy numbers",
        "Cart",
        "Orders",
        "Billing",
        "People",
    ]


def test_a_member_sees_only_what_it_may_open(member):
    page = member.get("/")

    assert [member.get(item.url).status_code for item in links_of(page)] == [200] * len(
        links_of(page)
    )
    assert "People" not in [item.label for item in links_of(page)]


@pytest.mark.parametrize("path", ["/", "/numbers/"])
def test_the_page_one_is_in_is_current(admin, path):
    current = [item.url for item in links_of(admin.get(path)) if item.current]

    assert current == [path]


def test_counts_the_numbers_held_and_leads_to_buying(admin, tenant):
    make_held_number(tenant, digits="15015550100")

    page = admin.get("/")

    assert page.context["shell"].number_count == 1
    assert 'title="Buy numbers"' in page.text


def test_staff_see_the_pages_of_the_platform(operator):
    page = operator.get("/")

    assert [item.label for item in links_of(page)][:6] == [
        "Overview",
        "Tenants",
        "Stock",
        "Prices",
        "Carriers",
        "Work",
    ]
    assert "sidebar-foot" not in page.text


def test_the_theme_is_a_class_of_the_document(admin):
    admin.post("/theme/", {"theme": "dark", "next": "/numbers/"})

    assert '<html lang="en" class="dark">' in admin.get("/").text


def test_an_unknown_theme_is_that_of_the_system(admin):
    admin.cookies["theme"] = '"><script>'

    assert '<html lang="en" class="system">' in admin.get("/").text


def test_a_missing_page_is_ours(admin):
    page = admin.get("/nowhere/")

    assert page.status_code == 404
    assert "There is nothing here" in page.text


def test_the_page_for_our_faults_needs_nothing():
    assert "Something went wrong on our side" in render_to_string("500.html")


def test_initials_stand_for_a_name():
    assert initials_of("Acme Telecom") == "AT"
    assert initials_of("ada@acme.example") == "AA"
