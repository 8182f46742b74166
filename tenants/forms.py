"""What is asked about a new tenant."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tenants.sites import SiteUnavailable, check_site
from users.models import User

_ENGLISH = Locale("en")
# Two letters, and no country.
NO_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
COUNTRIES = sorted(
    (
        (code, name)
        for code, name in _ENGLISH.territories.items()
        if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES
    ),
    key=lambda country: country[1],
)
TIME_ZONES = [
    (zone, zone.replace("_", " "))
    for zone in sorted(available_timezones())
    if "/" in zone and not zone.startswith(("Etc/", "SystemV/", "US/"))
]


def currencies() -> list[tuple[str, str]]:
    return named_currencies(settings.CURRENCIES)


def named_currencies(codes: Iterable[str]) -> list[tuple[str, str]]:
    return [(code, f"{code}, {_ENGLISH.currencies[code]}") for code in codes]


class NewTenantForm(forms.Form):
    """A tenant as an operator adds it; the admin sets a password by mail."""

    company = forms.CharField(max_length=100)
    site = forms.CharField(label="Site address", max_length=40)
    name = forms.CharField(label="Name of the admin", max_length=150)
    email = forms.EmailField(label="E-mail of the admin", max_length=254)
    country = forms.ChoiceField(choices=COUNTRIES, initial="US")
    currency = forms.ChoiceField(
        choices=currencies, help_text="What numbers are billed in. It stays for good."
    )
    time_zone = forms.ChoiceField(choices=TIME_ZONES, initial="America/New_York")

    def clean_site(self) -> str:
        site: str = self.cleaned_data["site"].strip().lower()
        try:
            check_site(site)
        except SiteUnavailable as unavailable:
            raise ValidationError(str(unavailable)) from None
        return site


class SignUpForm(NewTenantForm):
    """A tenant as it asks for itself."""

    name = forms.CharField(
        label="Your name", max_length=150, widget=forms.TextInput({"autocomplete": "name"})
    )
    email = forms.EmailField(
        label="Your e-mail", max_length=254, widget=forms.EmailInput({"autocomplete": "email"})
    )
    password = forms.CharField(
        max_length=128,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text="At least 12 characters.",
    )
    field_order = ["company", "site", "name", "email", "password"]

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if "password" in cleaned:
            about = User(email=cleaned.get("email", ""), name=cleaned.get("name", ""))
            try:
                validate_password(cleaned["password"], about)
            except ValidationError as weak:
                self.add_error("password", weak)
        return cleaned
