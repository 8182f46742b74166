"""Sign-in and second factor, on both hosts: those of allauth's pages that we use, and who may.

Sign-in counts attempts in the cache. Without it nobody could be stopped from guessing, so these
pages refuse while it is away; every other page works.
"""

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.urls import path, re_path

from tenants.attempts import counting
from tenants.permissions import Act, View, open_to_all, requires


def anyone(view: View) -> View:
    return open_to_all(counting(view))


def own(view: View) -> View:
    return requires(Act.OWN_SIGN_IN)(counting(view))


def own_at_once(view: View) -> View:
    return requires(Act.OWN_SIGN_IN, before_second_factor=True)(counting(view))


urlpatterns = [
    path("login/", anyone(account.login), name="account_login"),
    path("logout/", anyone(account.logout), name="account_logout"),
    path("inactive/", anyone(account.account_inactive), name="account_inactive"),
    path("reauthenticate/", own_at_once(account.reauthenticate), name="account_reauthenticate"),
    path("password/change/", own(account.password_change), name="account_change_password"),
    path("password/set/", own(account.password_set), name="account_set_password"),
    path("password/reset/", anyone(account.password_reset), name="account_reset_password"),
    path(
        "password/reset/done/",
        anyone(account.password_reset_done),
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        anyone(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        anyone(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("second-factor/", own(factors.index), name="mfa_index"),
    path("second-factor/code/", anyone(factors.authenticate), name="mfa_authenticate"),
    path(
        "second-factor/reauthenticate/",
        own_at_once(factors.reauthenticate),
        name="mfa_reauthenticate",
    ),
    path("second-factor/app/", own_at_once(totp.activate_totp), name="mfa_activate_totp"),
    path("second-factor/app/remove/", own(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path(
        "second-factor/recovery-codes/",
        own(recovery_codes.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        "second-factor/recovery-codes/new/",
        own(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "second-factor/recovery-codes/file/",
        own(recovery_codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
]
