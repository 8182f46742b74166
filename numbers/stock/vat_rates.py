"""The rates of value-added tax: what the file knows, and what the operator adds or takes back.

A rate holds from its day until the next one of its country begins. What has begun is never
changed, except on its first day: it has been charged.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.formats import date_format

from lifecycle.actors import Actor
from stock.models import VatRate
from stock.regions import country_name
from stock.vat import TAXED
from tenants.models import StaffActKind
from tenants.staff_acts import record

# Standard rates, as the tax authorities of the countries publish them.
FILE = Path(__file__).parent / "vat_rates.csv"
# A day begins in Kiribati this long before it does in UTC; tenants are charged by their own days.
EARLIEST_MIDNIGHT = timedelta(hours=14)


class RateInThePast(Exception):
    """What has been charged stays as it is: a rate is set from today on."""


class LaterRate(Exception):
    """Another rate of the country begins later. The message says which."""


class SameRate(Exception):
    """The country's rate is this one already."""


class StopsSales(Exception):
    """A first rate of the country is owed every day, so nothing is sold until it begins."""


@dataclass(frozen=True, slots=True)
class KnownRate:
    country: str
    percent: Decimal
    first_day: date


def read_rates(path: Path = FILE) -> Iterator[KnownRate]:
    """Yield what the file holds, by country and then by day."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield KnownRate(
                row["country"], Decimal(row["percent"]), date.fromisoformat(row["from"])
            )


@transaction.atomic
def load_rates(known: Iterable[KnownRate]) -> int:
    """Add what begins later than all that is on record of its country, and return how many.

    Safe to repeat; rates that somebody has set stay.
    """
    _lock()
    added = 0
    for country, rates in groupby(known, key=lambda rate: rate.country):
        latest = _latest(country)
        for rate in rates:
            if not latest or rate.first_day > latest.valid.lower:
                latest = _follow(latest, rate)
                added += 1
    return added


@transaction.atomic
def set_rate(
    country: str,
    percent: Decimal,
    *,
    first_day: date,
    may_stop_sales: bool = False,
    actor: Actor,
    at: datetime,
) -> VatRate:
    """Let `percent` hold from `first_day` on, and end the rate before it.

    One that begins on the same day is replaced. Raises RateInThePast, LaterRate, SameRate, and
    StopsSales unless that may be.
    """
    if first_day < at.date():
        raise RateInThePast
    _lock()
    latest = _latest(country)
    if not latest:
        if first_day > at.date() and country not in TAXED and not may_stop_sales:
            raise StopsSales
        rate = _follow(None, KnownRate(country, percent, first_day))
        _record(StaffActKind.VAT_RATE_SET, rate, actor=actor, at=at)
        return rate
    if latest.valid.lower > first_day:
        raise LaterRate(f"{_words(latest)} is set already. Withdraw it, or choose a later day.")
    if latest.percent == percent:
        raise SameRate
    before = latest.percentage
    if latest.valid.lower == first_day:
        rate = latest
        rate.percent = percent
        rate.save(update_fields=["percent"])
    else:
        rate = _follow(latest, KnownRate(country, percent, first_day))
    _record(StaffActKind.VAT_RATE_SET, rate, before=before, actor=actor, at=at)
    return rate


@transaction.atomic
def withdraw_rate(rate: VatRate, *, actor: Actor, at: datetime) -> VatRate | None:
    """Take back a rate that has begun nowhere, and return the one before it, which goes on.

    Raises RateInThePast.
    """
    if rate.valid.lower <= (at.astimezone(UTC) + EARLIEST_MIDNIGHT).date():
        raise RateInThePast
    _lock()
    planned = VatRate.objects.filter(pk=rate.pk).first()
    if not planned:
        return _latest(rate.country)
    eve = planned.valid.lower - timedelta(days=1)
    before = VatRate.objects.filter(country=planned.country, valid__contains=eve).first()
    planned.delete()
    if before:
        _end(before, planned.valid.upper)
    _record(StaffActKind.VAT_RATE_WITHDRAWN, planned, actor=actor, at=at)
    return before


def _lock() -> None:
    """Let one at a time change rates, which happens a few times a year."""
    with connection.cursor() as cursor:
        cursor.execute("lock table public.stock_vatrate in share row exclusive mode")


def _latest(country: str) -> VatRate | None:
    return VatRate.objects.filter(country=country).order_by("-valid").first()


def _follow(before: VatRate | None, rate: KnownRate) -> VatRate:
    if before:
        _end(before, rate.first_day)
    return VatRate.objects.create(
        country=rate.country, percent=rate.percent, valid=DateRange(rate.first_day, None)
    )


def _end(rate: VatRate, day: date | None) -> None:
    rate.valid = DateRange(rate.valid.lower, day)
    rate.save(update_fields=["valid"])


def _words(rate: VatRate) -> str:
    return f"{rate.percentage} from {date_format(rate.valid.lower, 'M j, Y')}"


def _record(
    kind: StaffActKind,
    rate: VatRate,
    *,
    before: str = "",
    actor: Actor,
    at: datetime,
) -> None:
    record(
        kind,
        subject=rate.reference,
        subject_name=f"VAT ({country_name(rate.country)})",
        reason=f"{before} → {_words(rate)}" if before else _words(rate),
        actor=actor,
        at=at,
    )
