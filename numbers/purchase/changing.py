"""Changing lines of the cart: for how long, how many channels, or another number in their place."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction

from lifecycle.actors import Actor
from purchase import cart
from purchase.cart import Chosen, InCartAlready
from purchase.models import CartLine
from stock import prices, reserving
from stock.digits import parse_digits, phone
from stock.models import INCLUDED_CHANNELS, MAX_CHANNELS, PERIODS, Price, StockNumber
from tenants.models import Tenant

NO_LONGER_THERE = "This number is no longer in the cart."
CHOOSE_A_PERIOD = "Choose a period of 1, 3, 6 or 12 months."
CHOOSE_CHANNELS = (
    f"A number takes {INCLUDED_CHANNELS} to {MAX_CHANNELS} calls at once: type how many channels."
)


class ChangeLineForm(forms.Form):
    """For how long at once a number of the cart is wanted, and how many calls it takes at once."""

    months = forms.TypedChoiceField(
        label="Period",
        coerce=int,
        choices=[(months, months) for months in PERIODS],
        error_messages={
            "required": CHOOSE_A_PERIOD,
            "invalid_choice": CHOOSE_A_PERIOD,
        },
    )
    channels = forms.IntegerField(
        min_value=INCLUDED_CHANNELS,
        max_value=MAX_CHANNELS,
        error_messages=dict.fromkeys(
            ["required", "invalid", "min_value", "max_value"], CHOOSE_CHANNELS
        ),
    )


class ChangeAllForm(ChangeLineForm):
    """The same for the whole cart; what is left empty stays as it is on each line."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        chosen["months"] = chosen.get("months") or None
        if not self.errors and not any(chosen.values()):
            raise forms.ValidationError("Choose a period or a number of channels first.")
        return chosen


class NotInCart(Exception):
    """The line has been removed or bought meanwhile. The message is for the customer."""


class NotHeld(Exception):
    """The other number cannot be held. The message is for the customer."""


class PeriodTooShort(Exception):
    """The number is sold for longer periods only. The message is for the customer."""


def change_line(digits: str, *, months: int, channels: int, tenant: Tenant, at: datetime) -> None:
    """Want a number of the cart for so many months at once, with so many channels.

    Raises NotInCart or PeriodTooShort.
    """
    price = _prices(tenant, [digits], at=at).get(digits)
    if price and months < price.minimum_months:
        raise PeriodTooShort(f"{phone(digits)} is sold for {price.minimum_months} months at least.")
    changed = CartLine.objects.filter(digits=digits).update(months=months, channels=channels)
    if not changed:
        raise NotInCart(NO_LONGER_THERE)


@transaction.atomic
def change_all(
    *, months: int | None, channels: int | None, tenant: Tenant, at: datetime
) -> list[str]:
    """Change what is given on all lines, and return the numbers that are sold for longer only.

    These take the shortest period they have.
    """
    lines = list(CartLine.objects.select_for_update().order_by("id"))
    terms = _prices(tenant, [line.digits for line in lines], at=at)
    kept_longer = []
    for line in lines:
        least = terms[line.digits].minimum_months if line.digits in terms else 1
        line.months = max(months, least) if months else line.months
        line.channels = channels or line.channels
        if months and months < least:
            kept_longer.append(line.digits)
    CartLine.objects.bulk_update(lines, ["months", "channels"])
    return kept_longer


@transaction.atomic
def replace(digits: str, *, by: str, tenant: Tenant, actor: Actor, at: datetime) -> None:
    """Hold another number in the place of one, for as many months and with as many channels.

    Raises digits.NotANumber, NotInCart or NotHeld; the cart then stays as it was.
    """
    by = parse_digits(f"+{by}")
    # The cart before its lines, as everybody who adds to it.
    cart.lock()
    line = CartLine.objects.filter(digits=digits).select_for_update().first()
    if not line:
        raise NotInCart(NO_LONGER_THERE)
    if CartLine.objects.filter(digits=by).exists():
        raise NotHeld(cart.why_not(InCartAlready, [phone(by)]))
    # Both numbers in the order in which everybody locks them.
    reserving.lock([digits, by])
    cart.remove(digits, tenant=tenant, at=at)
    chosen = Chosen(line.months, line.channels)
    until = at + cart.hold_time()
    fates = cart.hold({by: chosen}, tenant=tenant, actor=actor, until=until, at=at)
    if fates:
        raise NotHeld(cart.why_not(fates[by], [phone(by)]))


def _prices(tenant: Tenant, digits: Sequence[str], *, at: datetime) -> dict[str, Price]:
    numbers = list(StockNumber.objects.filter(digits__in=digits))
    sold = prices.for_sale(tenant, numbers, at=at)
    return {number.digits: sold[number.pk] for number in numbers if number.pk in sold}
