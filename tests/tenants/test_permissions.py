"""The table of acts and roles, and that no URL escapes it."""

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path

from config.checks import check_every_url_has_a_permission, routes
from config.starting import UnsafeStart, refuse_open_urls
from tenants.permissions import Act, Role, open_to_all, requires

MEMBER, ADMIN, SUPPORT, OPERATOR = Role

# features.md's table: what each role may, in its order of rows. Support sessions come later.
TABLE = {
    Act.SEE_NUMBERS: {MEMBER, ADMIN},
    Act.PAY: {ADMIN},
    Act.EDIT_NUMBERS: {MEMBER, ADMIN},
    Act.RUN_TENANT: {ADMIN},
    Act.VIEW_PLATFORM: {SUPPORT, OPERATOR},
    Act.RUN_PLATFORM: {OPERATOR},
    Act.OWN_SIGN_IN: {MEMBER, ADMIN, SUPPORT, OPERATOR},
}


def test_the_code_has_the_table_of_the_features():
    assert {act: set(act.roles) for act in Act} == TABLE


def answer(request):
    return HttpResponse()


urlpatterns = [
    path("unsaid/", answer),
    path("open/", open_to_all(answer)),
    path("theirs/", requires(Act.PAY)(answer)),
]


def test_a_url_without_a_permission_does_not_pass_the_check():
    with override_settings(ROOT_URLCONF=__name__):
        found = check_every_url_has_a_permission()

    assert [error.msg for error in found] == [
        f"{__name__}: nothing says who may call /unsaid/",
    ]


@pytest.mark.parametrize("urlconf", ["config.urls_tenant", "config.urls_platform"])
def test_every_url_of_ours_has_a_permission(urlconf):
    assert list(routes(urlconf))
    assert not check_every_url_has_a_permission()


def test_an_unguarded_url_keeps_the_server_from_starting():
    with override_settings(ROOT_URLCONF=__name__), pytest.raises(UnsafeStart, match="/unsaid/"):
        refuse_open_urls()
