"""How many numbers of which places are wanted, as the coverage page and the cart ask for it."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict

from purchase.picking import MAX_QUANTITY
from stock.coverage import NotAPlace, Place
from stock.models import INCLUDED_CHANNELS, MAX_CHANNELS, PERIODS

WRONG_CHANNELS = dict.fromkeys(
    ["required", "invalid", "min_value", "max_value"],
    f"A number takes {INCLUDED_CHANNELS} to {MAX_CHANNELS} channels.",
)


class PageIsIncomplete(Exception):
    """What was sent is not what the page holds. The message is for the customer."""

    def __init__(self) -> None:
        super().__init__("This page was incomplete, and nothing was added. Choose again.")


def wrong_quantity(least: int) -> dict[str, str]:
    said = f"Type a whole number from {least} to {MAX_QUANTITY}."
    return dict.fromkeys(["required", "invalid", "min_value", "max_value"], said)


class PickRowForm(forms.Form):
    """One row of the coverage page: how many of its numbers, with how many channels each."""

    quantity = forms.IntegerField(
        min_value=0, max_value=MAX_QUANTITY, error_messages=wrong_quantity(0)
    )
    channels = forms.IntegerField(
        min_value=INCLUDED_CHANNELS, max_value=MAX_CHANNELS, error_messages=WRONG_CHANNELS
    )

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place

    @property
    def problems(self) -> list[str]:
        """Say what is wrong with the row, and with which."""
        return [f"{self.place}: {problem}" for each in self.errors.values() for problem in each]


class RemovePickForm(forms.Form):
    """Which pick is meant, by its reference."""

    pick = forms.UUIDField(
        error_messages=dict.fromkeys(["required", "invalid"], "These are no numbers of this cart.")
    )


class ChangePickForm(RemovePickForm):
    """How many numbers of a pick are wanted from now on, with how many channels, for how long."""

    quantity = forms.IntegerField(
        min_value=1, max_value=MAX_QUANTITY, error_messages=wrong_quantity(1)
    )
    channels = PickRowForm.base_fields["channels"]
    months = forms.TypedChoiceField(
        coerce=int,
        choices=[(months, months) for months in PERIODS],
        error_messages=dict.fromkeys(
            ["required", "invalid_choice"], "Choose a period of 1, 3, 6 or 12 months."
        ),
    )


def rows_of(sent: QueryDict, *, country: str) -> list[PickRowForm]:
    """Read the rows of a page, which come as lists of equal length. Raises PageIsIncomplete."""
    columns = [sent.getlist(name) for name in ("row", "quantity", "channels")]
    try:
        return [
            PickRowForm(
                {"quantity": quantity, "channels": channels}, place=Place.of_key(country, key)
            )
            for key, quantity, channels in zip(*columns, strict=True)
        ]
    except (ValueError, NotAPlace):
        raise PageIsIncomplete from None


def token_of(sent: QueryDict) -> UUID:
    """Return what names the page that was sent. Raises PageIsIncomplete."""
    try:
        return UUID(sent.get("token", ""))
    except ValueError:
        raise PageIsIncomplete from None
