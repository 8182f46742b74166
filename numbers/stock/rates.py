"""Exchange rates, by which costs are compared with prices. Nothing is charged by them."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from lifecycle.actors import SYSTEM, Actor
from stock.models import Cost, ExchangeRate, PriceList, Tier
from tenants import staff_acts
from tenants.models import StaffActKind

# What every other currency is counted in, so its own rate is one for good.
BASE = "USD"


@transaction.atomic
def set_rate(currency: str, per_dollar: Decimal, *, actor: Actor, at: datetime) -> None:
    """Say how much of `currency`, which is not BASE, a US dollar is."""
    ExchangeRate.objects.update_or_create(
        currency=currency, defaults={"per_dollar": per_dollar, "changed_at": at}
    )
    staff_acts.record(
        StaffActKind.RATE_SET,
        subject=SYSTEM.reference,
        subject_name=currency,
        reason=f"1 {BASE} = {per_dollar.normalize():f} {currency}",
        actor=actor,
        at=at,
    )


def unrated() -> list[str]:
    """Return the currencies that prices or costs are in and no rate compares."""
    compared = ExchangeRate.objects.values("currency")
    used = [
        PriceList.objects.values_list("currency", flat=True).exclude(currency__in=compared),
        Cost.objects.values_list("currency", flat=True).exclude(currency__in=compared),
        Tier.objects.values_list("cost_currency", flat=True).exclude(cost_currency__in=compared),
    ]
    return sorted(set(used[0].union(*used[1:])) - {"", BASE})


def rated() -> frozenset[str]:
    """Return the currencies that a rate compares with others."""
    return frozenset({BASE, *ExchangeRate.objects.values_list("currency", flat=True)})
