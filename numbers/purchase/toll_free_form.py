"""What people may ask for when they want a toll-free number of North America."""

from django import forms

from purchase.searching_form import LONGEST_PATTERN
from purchase.wanted import Wanted
from stock.criteria import OfferCriteria, SortOrder
from stock.models import NumberType
from stock.patterns import TOLL_FREE_CODES, BadPattern, Pattern, read_pattern

# The plan lists toll-free numbers of +1 there; they are called from all of North America.
COUNTRY = "US"
HOW_MANY = (10, 25, 50)
# The mode in the address; every other one is the list.
VANITY = "vanity"


class TollFreeForm(forms.Form):
    """A list of toll-free numbers, or a search for those that fit a pattern."""

    npa = forms.ChoiceField(
        label="Toll-free code",
        required=False,
        choices=[("", "Any (8XX)"), *((code, code) for code in TOLL_FREE_CODES)],
    )
    pattern = forms.CharField(
        required=False,
        max_length=LONGEST_PATTERN,
        widget=forms.TextInput(
            attrs={
                "placeholder": "8XX-OUR-FOOD",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
    )
    show = forms.TypedChoiceField(
        label="How many",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[(number, str(number)) for number in HOW_MANY],
    )
    order = forms.ChoiceField(
        label="Sort",
        required=False,
        choices=[(SortOrder.NUMBER, "By number"), (SortOrder.MEMORABLE, "Most memorable first")],
    )

    @property
    def is_vanity(self) -> bool:
        return (self.data.get("mode") or self.initial.get("mode")) == VANITY

    @property
    def size(self) -> int:
        return self.cleaned_data["show"] or HOW_MANY[0]

    @property
    def wanted(self) -> Wanted:
        """What a valid form asks for."""
        chosen = self.cleaned_data
        pattern: Pattern | None = chosen["pattern"]
        criteria = OfferCriteria(
            COUNTRY,
            number_type=NumberType.TOLL_FREE,
            npa=chosen["npa"],
            masks=(pattern.masks,) if pattern else (),
        )
        return Wanted(
            criteria,
            order=SortOrder(chosen["order"] or SortOrder.NUMBER),
            pattern=pattern,
            needs_pattern=self.is_vanity,
        )

    def clean_npa(self) -> str:
        # A pattern names its own.
        return "" if self.is_vanity else str(self.cleaned_data["npa"])

    def clean_pattern(self) -> Pattern | None:
        if not self.is_vanity:
            return None
        try:
            return read_pattern(
                self.cleaned_data["pattern"], country=COUNTRY, number_type=NumberType.TOLL_FREE
            )
        except BadPattern as problem:
            raise forms.ValidationError(str(problem)) from None
