"""allauth's forms without placeholders, which would say each label a second time."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as factors
from allauth.mfa.totp import forms as totp
from django.forms import BaseForm


class WithoutPlaceholders(BaseForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class LoginForm(WithoutPlaceholders, account.LoginForm): ...


class ChangePasswordForm(WithoutPlaceholders, account.ChangePasswordForm): ...


class SetPasswordForm(WithoutPlaceholders, account.SetPasswordForm): ...


class ResetPasswordForm(WithoutPlaceholders, account.ResetPasswordForm): ...


class ResetPasswordKeyForm(WithoutPlaceholders, account.ResetPasswordKeyForm): ...


class ReauthenticateForm(WithoutPlaceholders, account.ReauthenticateForm): ...


class AuthenticateForm(WithoutPlaceholders, factors.AuthenticateForm): ...


class ReauthenticateByCodeForm(WithoutPlaceholders, factors.ReauthenticateForm): ...


class ActivateTOTPForm(WithoutPlaceholders, totp.ActivateTOTPForm): ...
