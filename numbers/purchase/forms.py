"""What people may ask for when they search, and what they send when they pay."""

import re
from difflib import get_close_matches
from typing import Any

from babel import Locale
from django import forms
from django.core.signing import BadSignature

from billing.cards import saved_cards
from billing.models import SavedCard
from purchase import quotes
from purchase.quotes import Quote
from stock import counts
from stock.models import Exchange, NumberType, Sku
from stock.regions import region_name
from stock.searching import OfferCriteria
from tenants.models import Tenant

# Countries of +1, whose numbers are NPA-NXX-XXXX.
NORTH_AMERICA = {"US", "CA"}
COUNTRIES = Locale("en").territories
FROM_THE_BALANCE = "balance"


class SearchForm(forms.Form):
    """A search for geographic numbers, checked against the numbering plan."""

    country = forms.ChoiceField(initial="US")
    region = forms.CharField(label="State", required=False, widget=forms.Select)
    npa = forms.CharField(
        label="Area code",
        required=False,
        max_length=5,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "501"}),
    )
    nxx = forms.CharField(
        label="NXX",
        required=False,
        max_length=5,
        help_text="The exchange: the three digits after the area code.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "555"}),
    )
    rate_center = forms.CharField(
        required=False,
        max_length=40,
        help_text="The area in which a call to the number is local.",
    )
    city = forms.CharField(required=False, max_length=80)
    sms = forms.BooleanField(label="Can text (SMS)", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sold = Sku.objects.filter(number_type=NumberType.GEOGRAPHIC).values_list("country")
        names = {country: COUNTRIES.get(country, country) for (country,) in sold.distinct()}
        self.fields["country"].choices = sorted(  # type: ignore[attr-defined]
            names.items(), key=lambda choice: (choice[0] != "US", choice[1])
        )
        self.chosen_country: str = self.data.get("country") or "US"
        self.states = [
            choice
            for choice in counts.states(self.chosen_country, has_sms=bool(self.data.get("sms")))
            if choice.value
        ]
        labels = [(one.value, f"{one.label} ({one.available:,})") for one in self.states]
        self.fields["region"].widget.choices = [("", "Choose a state"), *labels]
        self.fields["region"].label = "Province" if self.chosen_country == "CA" else "State"

    @property
    def criteria(self) -> OfferCriteria:
        """What a valid form asks for."""
        chosen = self.cleaned_data
        return OfferCriteria(
            country=chosen["country"],
            region=chosen["region"],
            npa=chosen["npa"],
            nxx=chosen["nxx"],
            rate_center=chosen["rate_center"],
            city=chosen["city"],
            has_sms=chosen["sms"],
        )

    def clean(self) -> dict[str, Any]:
        """Ask for a place in countries that have no states."""
        chosen = super().clean() or {}
        is_somewhere = self.states or chosen.get("npa") or chosen.get("city")
        if not is_somewhere and not self.errors:
            self.add_error("city", "Choose a city, or type an area code.")
        return chosen

    def clean_region(self) -> str:
        region: str = self.cleaned_data["region"]
        if self.states and region not in {choice.value for choice in self.states}:
            what = "province" if self.chosen_country == "CA" else "state"
            raise forms.ValidationError(f"Choose a {what} of {COUNTRIES.get(self.chosen_country)}.")
        return region if self.states else ""

    def clean_npa(self) -> str:
        npa: str = self.cleaned_data["npa"]
        if not npa:
            return ""
        if self.chosen_country in NORTH_AMERICA and not re.fullmatch(r"[2-9]\d\d", npa):
            raise forms.ValidationError(
                "An area code has three digits and begins with 2 to 9, like 501."
            )
        places = set(
            Exchange.objects.filter(npa=npa, **self._same_plan()).values_list("country", "region")
        )
        if not places:
            raise forms.ValidationError(f"There is no area code {npa}. Check its digits.")
        region = self.cleaned_data.get("region", "")
        if not any(
            place in places for place in [(self.chosen_country, region), (self.chosen_country, "")]
        ):
            where = " and ".join(sorted(_place_name(*place) for place in places))
            here = _place_name(self.chosen_country, region)
            raise forms.ValidationError(f"{npa} is an area code of {where}, not of {here}.")
        return npa

    def clean_nxx(self) -> str:
        nxx, npa = self.cleaned_data["nxx"], self.cleaned_data.get("npa", "")
        if not nxx:
            return ""
        if self.chosen_country in NORTH_AMERICA:
            if not re.fullmatch(r"[2-9]\d\d", nxx):
                raise forms.ValidationError(
                    "An exchange (NXX) has three digits and begins with 2 to 9, like 555."
                )
            if nxx.endswith("11"):
                raise forms.ValidationError(
                    f"{nxx} is a service code, as 911 is, and no exchange. Choose another one."
                )
        exchanges = Exchange.objects.filter(country=self.chosen_country, npa=npa, nxx=nxx)
        if npa and not exchanges.exists():
            raise forms.ValidationError(f"There is no exchange {npa}-{nxx}. Check its digits.")
        return str(nxx)

    def clean_rate_center(self) -> str:
        typed = self.cleaned_data["rate_center"]
        return self._known("rate_center", typed.upper(), "rate center") if typed else ""

    def clean_city(self) -> str:
        typed = self.cleaned_data["city"]
        return self._known("city", typed, "city") if typed else ""

    def _known(self, column: str, typed: str, what: str) -> str:
        """Return the name as the plan spells it, or say which ones are near."""
        region = self.cleaned_data.get("region", "")
        named = Exchange.objects.filter(country=self.chosen_country).exclude(**{column: ""})
        named = named.filter(region=region) if region else named
        names = {name.lower(): name for (name,) in named.values_list(column).distinct()}
        if known := names.get(typed.lower()):
            return str(known)
        near = [names[name] for name in get_close_matches(typed.lower(), names, n=3, cutoff=0.6)]
        where = _place_name(self.chosen_country, region)
        hint = f" Did you mean {' or '.join(near)}?" if near else " Check its spelling."
        raise forms.ValidationError(f"There is no {what} “{typed}” in {where}.{hint}")

    def _same_plan(self) -> dict[str, Any]:
        if self.chosen_country in NORTH_AMERICA:
            return {"country__in": sorted(NORTH_AMERICA)}
        return {"country": self.chosen_country}


def _place_name(country: str, region: str) -> str:
    return region_name(country, region) if region else str(COUNTRIES.get(country, country))


class PlaceOrderForm(forms.Form):
    """The button of the checkout: what it said it costs, and who pays."""

    quote = forms.CharField(widget=forms.HiddenInput)
    agreed = forms.BooleanField(required=False)
    pay_by = forms.CharField(max_length=36)

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant

    def clean_quote(self) -> Quote:
        try:
            return quotes.unseal(self.cleaned_data["quote"], tenant=self.tenant)
        except BadSignature:
            raise forms.ValidationError(
                "This page was too old, or its total had been changed. Nothing has been charged; "
                "look at the new total."
            ) from None

    def clean_pay_by(self) -> SavedCard | None:
        """Return the card to charge, or None for the balance."""
        chosen = self.cleaned_data["pay_by"]
        if chosen == FROM_THE_BALANCE:
            return None
        for card in saved_cards():
            if str(card.reference) == chosen:
                return card
        raise forms.ValidationError("This card is no longer saved here. Choose another one.")
