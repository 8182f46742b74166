"""What people may ask for on the coverage page."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from stock.coverage import SERVICES, CoverageCriteria, Terms
from stock.models import PERIODS, NumberType
from stock.patterns import BadPattern, read_beginning
from stock.regions import country_name
from tenants.models import Tenant

FIRST_CHOICE = "US"


class CoverageForm(forms.Form):
    """Which places to show, and what their numbers shall be able to do and cost."""

    country = forms.ChoiceField(
        error_messages={
            "invalid_choice": "Nothing is for sale there at present. Choose a country of the list."
        }
    )
    place = forms.CharField(
        label="City or prefix",
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"placeholder": "Little Rock or 501"}),
    )
    number_type = forms.ChoiceField(
        label="Type", required=False, choices=[("", "Any type"), *NumberType.choices]
    )
    service = forms.ChoiceField(
        label="Service",
        required=False,
        choices=[
            ("", "Any service"),
            *((key, name) for key, (name, _) in SERVICES.items()),
        ],
    )
    months = forms.TypedChoiceField(
        label="Billing",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ("", "Any period"),
            *((months, f"{months} months" if months > 1 else "Monthly") for months in PERIODS),
        ],
    )
    registration = forms.ChoiceField(
        required=False,
        choices=[("", "Needed or not"), ("needed", "Needed"), ("not-needed", "Not needed")],
    )
    no_setup = forms.BooleanField(label="No setup fee", required=False)

    def __init__(
        self, asked: QueryDict, *, tenant: Tenant, terms: Mapping[str, Terms], **kwargs: Any
    ) -> None:
        """Take what the address asks for; a country that it does not name is the tenant's own."""
        chosen = asked.copy()
        if not chosen.get("country"):
            chosen["country"] = _own_country(tenant, terms)
        super().__init__(chosen, **kwargs)
        self.terms = terms
        self.chosen_country = str(chosen["country"])
        names = sorted((country_name(country), country) for country in terms)
        self.fields["country"].choices = [  # type: ignore[attr-defined]
            (country, name) for name, country in names
        ]

    @property
    def is_more_open(self) -> bool:
        """Tell whether a filter is in use that is not needed every day."""
        return any(self.data.get(name) for name in ("months", "registration", "no_setup"))

    def clean_place(self) -> tuple[str, str]:
        """Return the beginning of a city's name or of its numbers; one of them is empty."""
        typed: str = self.cleaned_data["place"].strip()
        if not any(map(str.isdigit, typed)):
            return typed, ""
        if self.chosen_country not in self.terms:
            # The field of the country says so.
            return "", ""
        try:
            return "", read_beginning(typed, country=self.chosen_country)
        except BadPattern as problem:
            raise forms.ValidationError(str(problem)) from None

    def criteria(self, needing: Collection[str]) -> CoverageCriteria:
        """Return what a valid form asks for; `needing` are the types that need registration."""
        chosen = self.cleaned_data
        city, prefix = chosen["place"]
        types = {chosen["number_type"]} if chosen["number_type"] else set(NumberType.values)
        if chosen["registration"]:
            needed = chosen["registration"] == "needed"
            types &= set(needing) if needed else set(NumberType.values) - set(needing)
        return CoverageCriteria(
            country=chosen["country"],
            city=city,
            prefix=prefix,
            service=chosen["service"],
            number_types=sorted(types),
        )

    @property
    def chosen_terms(self) -> Terms:
        """The terms in the country, as far as they allow for the billing that is wanted."""
        months, is_free = self.cleaned_data["months"], self.cleaned_data["no_setup"]
        return {
            tier: price
            for tier, price in self.terms[self.cleaned_data["country"]].items()
            if (not months or months in price.periods) and not (is_free and price.setup_price)
        }


def _own_country(tenant: Tenant, terms: Mapping[str, Terms]) -> str:
    likely = [tenant.country, FIRST_CHOICE, *sorted(terms)]
    return next((country for country in likely if country in terms), tenant.country)
