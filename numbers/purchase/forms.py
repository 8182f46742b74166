"""What people send when they pay."""

from typing import Any

from django import forms
from django.core.signing import BadSignature

from billing.cards import saved_cards
from billing.models import SavedCard
from purchase import quotes
from purchase.quotes import Quote
from tenants.models import Tenant

FROM_THE_BALANCE = "balance"


def problems_of(form: forms.Form) -> list[str]:
    """Return what is wrong with a form, in the words of its fields."""
    return [str(problem) for each in form.errors.values() for problem in each]


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
