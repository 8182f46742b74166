"""What people may ask for when they search for numbers, checked against the numbering plan."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django import forms

from purchase.wanted import Registration, Wanted
from stock import counts, looks, places
from stock.blocks import LARGEST, SMALLEST
from stock.criteria import OfferCriteria, SortOrder
from stock.looks import Look
from stock.models import PERIODS, NumberType, PlaceLevel
from stock.patterns import BadPattern, Pattern, read_pattern
from stock.places import NoSuchPlace
from stock.regions import country_in_text, country_name

USUAL_COUNTRY = "US"
LONGEST_PATTERN = 40
MONTHS = {1: "A month", 3: "3 months", 6: "6 months", 12: "A year"}
USUAL_LENGTH = {Look.BLOCK: 10}
CAN = ("voice", "sms", "fax", "emergency", "a2p", "cnam")
# What the page folds away until somebody wants it.
MORE = (
    "nxx",
    "rate_center",
    "look",
    "length",
    "fax",
    "emergency",
    "a2p",
    "cnam",
    "registration",
    "months",
)


class SearchForm(forms.Form):
    """A search for numbers of one country and type."""

    country = forms.ChoiceField()
    type = forms.ChoiceField(label="Number type", required=False)
    region = forms.CharField(label="State", required=False, widget=forms.Select)
    npa = forms.CharField(
        label="Area code",
        required=False,
        max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "501"}),
    )
    city = forms.CharField(required=False, max_length=80)
    pattern = forms.CharField(
        required=False,
        max_length=LONGEST_PATTERN,
        widget=forms.TextInput(
            attrs={"placeholder": "*FOOD*", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    voice = forms.BooleanField(label="Calls", required=False)
    sms = forms.BooleanField(label="Texts (SMS)", required=False)
    fax = forms.BooleanField(label="Fax", required=False)
    emergency = forms.BooleanField(label="Emergency calls", required=False)
    a2p = forms.BooleanField(label="Campaigns (A2P)", required=False)
    cnam = forms.BooleanField(label="Caller name (CNAM)", required=False)
    nxx = forms.CharField(
        label="NXX",
        required=False,
        max_length=8,
        help_text="The exchange: the three digits after the area code.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "555"}),
    )
    rate_center = forms.CharField(
        required=False,
        max_length=40,
        help_text="The area in which a call to the number is local.",
    )
    look = forms.ChoiceField(
        label="Good looks", required=False, choices=[("", "Any digits"), *Look.choices]
    )
    length = forms.IntegerField(
        label="How many",
        required=False,
        help_text=f"{looks.SHORTEST} to {looks.LONGEST} digits, or {SMALLEST} to {LARGEST} numbers "
        "of a block.",
        widget=forms.NumberInput(attrs={"min": SMALLEST, "max": LARGEST, "placeholder": "4"}),
    )
    registration = forms.ChoiceField(
        required=False,
        choices=[
            ("", "Needed or not"),
            (Registration.NONE, "Not needed"),
            (Registration.NEEDED, "Needed"),
        ],
    )
    months = forms.TypedChoiceField(
        label="Can be paid for",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Any period"), *((months, MONTHS[months]) for months in PERIODS)],
    )
    order = forms.ChoiceField(
        label="Sort",
        required=False,
        choices=[(SortOrder.NUMBER, "By number"), (SortOrder.MEMORABLE, "Most memorable first")],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = counts.kinds()
        usual = str(self.initial.get("country", USUAL_COUNTRY))
        self.chosen_country: str = self.data.get("country") or usual
        offered = self.kinds.get(self.chosen_country, {})
        self.chosen_type: str = self.data.get("type") or NumberType.GEOGRAPHIC
        if offered and self.chosen_type not in offered:
            # What another country had offered.
            self.chosen_type = min(offered, key=NumberType.values.index)
        self.states = self._find_states()
        self._offer_choices(offered)

    def _find_states(self) -> list[counts.Choice]:
        if not (self.is_geographic and self.knows_country):
            return []
        found = counts.states(self.chosen_country, has_sms=bool(self.data.get("sms")))
        return [choice for choice in found if choice.value]

    def _offer_choices(self, types: dict[str, int]) -> None:
        names = {country: country_name(country) for country in self.kinds}
        country, kind, region = (self.fields[name] for name in ("country", "type", "region"))
        country.choices = sorted(  # type: ignore[attr-defined]
            names.items(), key=lambda choice: (choice[0] != USUAL_COUNTRY, choice[1])
        )
        country.error_messages["invalid_choice"] = (
            f"No numbers of {country_in_text(self.chosen_country)} are for sale at present. Choose "
            "another country."
        )
        kind.choices = [  # type: ignore[attr-defined]
            (one.value, f"{one.label} ({types[one]:,})") for one in NumberType if one in types
        ]
        if self.is_bound:
            self.data = self.data.copy()  # type: ignore[attr-defined]
            self.data["type"] = self.chosen_type  # type: ignore[index]
        what = "province" if self.chosen_country == "CA" else "state"
        region.label = what.capitalize()
        labels = [(one.value, f"{one.label} ({one.available:,})") for one in self.states]
        none_chosen = f"All {what}s" if self._looks_everywhere else f"Choose a {what}"
        region.widget.choices = [("", none_chosen), *labels]

    @property
    def _looks_everywhere(self) -> bool:
        """Whether digits are asked for that are rare enough to look for in the whole country."""
        return bool(self.data.get("pattern", "").strip() or self.data.get("look"))

    @property
    def knows_country(self) -> bool:
        """Whether the country has numbers; of another one nothing is looked up."""
        return self.chosen_country in self.kinds

    @property
    def is_geographic(self) -> bool:
        return self.chosen_type == NumberType.GEOGRAPHIC

    @property
    def is_more_open(self) -> bool:
        """Whether something is asked for that is usually folded away."""
        return any(self.data.get(name) or name in self.errors for name in MORE)

    @property
    def wanted(self) -> Wanted:
        """What a valid form asks for."""
        chosen = self.cleaned_data
        pattern, look, length = chosen["pattern"], chosen["look"], chosen["length"] or 0
        groups = [pattern.masks] if pattern else []
        criteria = OfferCriteria(
            country=chosen["country"],
            number_type=chosen["type"],
            region=chosen["region"],
            npa=chosen["npa"],
            nxx=chosen["nxx"],
            rate_center=chosen["rate_center"],
            city=chosen["city"],
            **{f"has_{name}": chosen[name] for name in CAN},
        )
        if look and look is not Look.BLOCK:
            code = criteria.calling_code
            groups.append(looks.masks_of(look, length=length, calling_code=code))
        return Wanted(
            criteria=replace(criteria, masks=tuple(groups)),
            order=SortOrder(chosen["order"] or SortOrder.NUMBER),
            pattern=pattern,
            look=look,
            length=length,
            months=chosen["months"],
            registration=Registration(chosen["registration"]) if chosen["registration"] else None,
        )

    def clean(self) -> dict[str, Any]:
        """Ask for a place in countries that have no states, and for as many digits as there are."""
        chosen = super().clean() or {}
        needs_place = self.is_geographic and not self._looks_everywhere
        is_somewhere = self.states or chosen.get("npa") or chosen.get("city")
        if needs_place and not is_somewhere and not self.errors:
            self.add_error("city", "Choose a city, or type an area code.")
        if chosen.get("look"):
            chosen["length"] = self._length_of(chosen["look"], chosen.get("length"))
        return chosen

    def _length_of(self, look: Look, typed: int | None) -> int:
        if "length" in self.errors:
            return 0
        length = USUAL_LENGTH.get(look, 4) if typed is None else typed
        if look is Look.BLOCK:
            if not SMALLEST <= length <= LARGEST:
                self.add_error(
                    "length",
                    f"A block has {SMALLEST} to {LARGEST} numbers: so many fit into a cart.",
                )
        elif not looks.SHORTEST <= length <= looks.LONGEST:
            self.add_error(
                "length", f"Ask for {looks.SHORTEST} to {looks.LONGEST} digits in a row."
            )
        return length

    def clean_type(self) -> str:
        return self.chosen_type

    def clean_look(self) -> Look | None:
        look = self.cleaned_data["look"]
        return Look(look) if look else None

    def clean_region(self) -> str:
        region: str = self.cleaned_data["region"]
        if not self.states or (not region and self._looks_everywhere):
            return ""
        if region not in {choice.value for choice in self.states}:
            what = "province" if self.chosen_country == "CA" else "state"
            raise forms.ValidationError(
                f"Choose a {what} of {country_in_text(self.chosen_country)}."
            )
        return region

    def clean_npa(self) -> str:
        npa: str = self.cleaned_data["npa"]
        if npa:
            self._check_area_code(npa)
        return npa

    def clean_nxx(self) -> str:
        nxx: str = self.cleaned_data["nxx"]
        npa = self.cleaned_data.get("npa", "")
        if nxx and self.knows_country:
            with _in_words(NoSuchPlace):
                places.check_exchange(
                    nxx, country=self.chosen_country, npa=npa, number_type=self.chosen_type
                )
        return nxx

    def clean_rate_center(self) -> str:
        typed = self.cleaned_data["rate_center"].upper()
        return self._spell(typed, PlaceLevel.RATE_CENTER)

    def clean_city(self) -> str:
        return self._spell(self.cleaned_data["city"], PlaceLevel.CITY)

    def clean_pattern(self) -> Pattern | None:
        typed = self.cleaned_data["pattern"]
        if not typed or not self.knows_country:
            return None
        with _in_words(BadPattern):
            pattern = read_pattern(typed, country=self.chosen_country, number_type=self.chosen_type)
        area = re.match(r"1(\d{3})", pattern.masks[0])
        if area and self.is_geographic:
            self._check_area_code(area[1])
        return pattern

    def _check_area_code(self, npa: str) -> None:
        if not self.knows_country:
            return
        with _in_words(NoSuchPlace):
            places.check_area_code(
                npa,
                country=self.chosen_country,
                region=self.cleaned_data.get("region", ""),
                number_type=self.chosen_type,
            )

    def _spell(self, typed: str, level: PlaceLevel) -> str:
        if not (typed and self.is_geographic and self.knows_country):
            # Numbers of other types lie in no city, and the page has no field for one.
            return ""
        with _in_words(NoSuchPlace):
            return places.spell(
                typed,
                level=level,
                country=self.chosen_country,
                region=self.cleaned_data.get("region", ""),
            )


class PlaceForm(forms.Form):
    """The beginning of a place's name, and where the places are that it may be."""

    country = forms.CharField(required=False, max_length=2, empty_value=USUAL_COUNTRY)
    region = forms.CharField(required=False, max_length=8)
    sms = forms.BooleanField(required=False)
    city = forms.CharField(required=False, max_length=80)
    rate_center = forms.CharField(required=False, max_length=40)


class BlockForm(forms.Form):
    """A block to put into the cart, by its first number."""

    first = forms.RegexField(r"^[1-9]\d{6,14}$")
    size = forms.IntegerField(min_value=SMALLEST, max_value=LARGEST)


@contextmanager
def _in_words(expected: type[Exception]) -> Iterator[None]:
    """Show beside the field what somebody typed wrongly."""
    try:
        yield
    except expected as problem:
        raise forms.ValidationError(str(problem)) from None
