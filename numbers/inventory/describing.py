"""What a tenant writes on its numbers: a description and labels."""

import re

from django import forms

from inventory.models import HeldNumber

MOST_LABELS = 10
LONGEST_LABEL = 40


class DescribeNumberForm(forms.Form):
    description = forms.CharField(
        max_length=200,
        required=False,
        help_text="What it is for, such as “Front desk”. Shown in My numbers.",
    )
    labels = forms.CharField(
        max_length=500,
        required=False,
        help_text="Separated by commas, such as “sales, vip”.",
    )

    def clean_labels(self) -> list[str]:
        typed = [
            re.sub(r"\s+", " ", label).strip() for label in self.cleaned_data["labels"].split(",")
        ]
        labels = list(dict.fromkeys(label for label in typed if label))
        if len(labels) > MOST_LABELS:
            raise forms.ValidationError(f"A number has at most {MOST_LABELS} labels.")
        if too_long := [label for label in labels if len(label) > LONGEST_LABEL]:
            raise forms.ValidationError(
                f"“{too_long[0][:LONGEST_LABEL]}…” is longer than {LONGEST_LABEL} characters."
            )
        return labels


def describe_number(held: HeldNumber, *, description: str, labels: list[str]) -> None:
    HeldNumber.objects.filter(pk=held.pk).update(description=description, labels=labels)
