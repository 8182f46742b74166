"""A tenant's tax number: checking it, keeping it, and writing down who changed it."""

from datetime import datetime

from django import forms
from django.db import transaction

from lifecycle.actors import Actor, done_by
from people.models import MemberAct, MemberActKind
from stock.tax_numbers import LOOKS, NotATaxNumber, read_tax_number
from tenants.models import Tenant


class TaxNumberForm(forms.Form):
    """The number, in any usual spelling; nothing for none."""

    number = forms.CharField(required=False, max_length=40)

    def __init__(self, tenant: Tenant, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.country = tenant.country
        number = self.fields["number"]
        if tenant.country in LOOKS:
            number.label = "VAT number"
            number.help_text = f"Looks like {LOOKS[tenant.country]}. Empty if you have none."
        else:
            number.label = "Tax number"
            number.help_text = "Any that your country gave you. Empty if you have none."

    def clean_number(self) -> str:
        typed: str = self.cleaned_data["number"]
        if not typed:
            return ""
        try:
            return read_tax_number(typed, country=self.country)
        except NotATaxNumber as refused:
            raise forms.ValidationError(str(refused)) from None


@transaction.atomic
def change_tax_number(tenant: Tenant, number: str, *, actor: Actor, at: datetime) -> None:
    """Keep a number that has been read, or "" for none. The tenant's schema is selected."""
    before = Tenant.objects.select_for_update().get(pk=tenant.pk).vat_number
    if before == number:
        return
    Tenant.objects.filter(pk=tenant.pk).update(vat_number=number)
    tenant.vat_number = number
    MemberAct.objects.create(
        kind=MemberActKind.TAX_NUMBER,
        subject=tenant.reference,
        subject_name=tenant.name,
        detail=f"{before or 'None'} → {number or 'none'}",
        at=at,
        **done_by(actor),
    )
