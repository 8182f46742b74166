"""Rates of value-added tax: those of the file, and those an operator sets and withdraws."""

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from stock import vat_rates
from stock.models import VatRate
from stock.vat import TAXED
from stock.vat_rates import LaterRate, RateInThePast, SameRate, StopsSales
from tenants.models import StaffAct
from tests.conftest import NOON

pytestmark = pytest.mark.django_db

TODAY = NOON.date()
TOMORROW = TODAY + timedelta(days=1)
NEW_YEAR = date(2027, 1, 1)


def load():
    said = StringIO()
    call_command("load_vat_rates", stdout=said)
    return said.getvalue().strip()


def set_rate(actor, country="DE", percent="20", first_day=NEW_YEAR):
    return vat_rates.set_rate(country, Decimal(percent), first_day=first_day, actor=actor, at=NOON)


def rates_of(country):
    rates = VatRate.objects.filter(country=country).order_by("valid")
    return [(str(rate.percent), rate.valid.lower, rate.valid.upper) for rate in rates]


def acts():
    return list(StaffAct.objects.order_by("id").values_list("kind", "subject_name", "reason"))


def test_the_file_has_a_rate_for_each_country_that_taxes():
    load()

    held_today = VatRate.objects.filter(valid__contains=TODAY).values_list("country", flat=True)
    assert sorted(held_today) == sorted(TAXED)


def test_the_file_is_in_order():
    known = list(vat_rates.read_rates())

    assert known == sorted(known, key=lambda rate: (rate.country, rate.first_day))


@pytest.mark.parametrize(
    ("country", "day", "percent"),
    [
        ("EE", date(2023, 12, 31), "20.00"),
        ("EE", date(2024, 1, 1), "22.00"),
        ("EE", date(2025, 7, 1), "24.00"),
        ("FI", date(2024, 8, 31), "24.00"),
        ("FI", date(2024, 9, 1), "25.50"),
        ("SK", date(2025, 1, 1), "23.00"),
        ("CH", date(2024, 1, 1), "8.10"),
        ("SG", date(2024, 1, 1), "9.00"),
        ("LU", date(2023, 6, 1), "16.00"),
        ("LU", date(2024, 1, 1), "17.00"),
        ("RO", date(2025, 8, 1), "21.00"),
    ],
)
def test_a_day_has_the_rate_it_had(country, day, percent):
    load()

    assert str(VatRate.objects.get(country=country, valid__contains=day).percent) == percent


def test_loading_again_adds_nothing():
    load()

    assert load() == "0 VAT rates added"


def test_loading_leaves_alone_what_an_operator_set(actor):
    load()
    set_rate(actor, "DE", "20")

    load()

    assert rates_of("DE")[-1] == ("20.00", NEW_YEAR, None)


def test_loading_adds_what_is_newer_than_the_record():
    VatRate.objects.create(country="EE", percent=22, valid=(date(2024, 1, 1), None))

    load()

    assert rates_of("EE") == [
        ("22.00", date(2024, 1, 1), date(2025, 7, 1)),
        ("24.00", date(2025, 7, 1), None),
    ]


def test_a_new_rate_ends_the_one_before_and_is_written_down(actor):
    load()

    set_rate(actor, "AT", "21")

    assert rates_of("AT") == [
        ("20.00", date(1984, 1, 1), NEW_YEAR),
        ("21.00", NEW_YEAR, None),
    ]
    assert acts() == [("vat_rate_set", "VAT (Austria)", "20 % → 21 % from Jan 1, 2027")]


def test_a_first_rate_of_a_country_is_set(actor):
    set_rate(actor, "NZ", "15", TODAY)

    assert rates_of("NZ") == [("15.00", TODAY, None)]
    assert acts() == [("vat_rate_set", "VAT (New Zealand)", "15 % from Nov 22, 2026")]


def test_a_rate_is_replaced_on_its_first_day(actor):
    load()
    set_rate(actor, "AT", "91", TODAY)

    set_rate(actor, "AT", "19", TODAY)

    assert rates_of("AT")[-1] == ("19.00", TODAY, None)
    assert acts()[-1][2] == "91 % → 19 % from Nov 22, 2026"


@pytest.mark.parametrize(
    ("percent", "first_day", "refusal"),
    [
        ("21", TODAY - timedelta(days=1), RateInThePast),
        ("21", TOMORROW, LaterRate),
        ("22", NEW_YEAR + timedelta(days=1), SameRate),
    ],
)
def test_a_refused_rate_changes_nothing(actor, percent, first_day, refusal):
    load()
    set_rate(actor, "AT", "22", NEW_YEAR)
    before = rates_of("AT"), acts()

    with pytest.raises(refusal):
        set_rate(actor, "AT", percent, first_day)

    assert (rates_of("AT"), acts()) == before


def test_a_later_rate_is_named(actor):
    set_rate(actor, "DE", "20", NEW_YEAR)

    with pytest.raises(LaterRate, match=r"20 % from Jan 1, 2027 is set already"):
        set_rate(actor, "DE", "21", TOMORROW)


def test_a_planned_rate_is_withdrawn_and_the_one_before_goes_on(actor):
    load()
    planned = set_rate(actor, "AT", "21")

    vat_rates.withdraw_rate(planned, actor=actor, at=NOON)

    assert rates_of("AT") == [("20.00", date(1984, 1, 1), None)]
    assert acts()[-1] == ("vat_rate_withdrawn", "VAT (Austria)", "21 % from Jan 1, 2027")


def test_withdrawing_one_of_two_keeps_the_other(actor):
    set_rate(actor, "AT", "20", TODAY)
    middle = set_rate(actor, "AT", "21", TOMORROW + timedelta(days=1))
    set_rate(actor, "AT", "22", NEW_YEAR)

    vat_rates.withdraw_rate(middle, actor=actor, at=NOON)

    assert rates_of("AT") == [("20.00", TODAY, NEW_YEAR), ("22.00", NEW_YEAR, None)]


def test_withdrawing_twice_is_the_same_as_once(actor):
    planned = set_rate(actor, "AT", "21")
    vat_rates.withdraw_rate(planned, actor=actor, at=NOON)

    vat_rates.withdraw_rate(planned, actor=actor, at=NOON)

    assert len(acts()) == 2


def test_what_has_begun_is_not_withdrawn(actor):
    rate = set_rate(actor, "AT", "21", TODAY)

    with pytest.raises(RateInThePast):
        vat_rates.withdraw_rate(rate, actor=actor, at=NOON)

    assert rates_of("AT") == [("21.00", TODAY, None)]


def test_what_has_begun_in_the_east_is_not_withdrawn(actor):
    rate = set_rate(actor, "FI", "21", TOMORROW)
    after_midnight_in_helsinki = NOON.replace(hour=22, minute=30)

    with pytest.raises(RateInThePast):
        vat_rates.withdraw_rate(rate, actor=actor, at=after_midnight_in_helsinki)

    assert rates_of("FI") == [("21.00", TOMORROW, None)]


def test_a_first_rate_ahead_is_not_set_by_chance_where_we_sell_without(actor):
    with pytest.raises(StopsSales):
        set_rate(actor, "NZ", "15", NEW_YEAR)
    assert rates_of("NZ") == []

    vat_rates.set_rate(
        "NZ", Decimal(15), first_day=NEW_YEAR, may_stop_sales=True, actor=actor, at=NOON
    )

    assert rates_of("NZ") == [("15.00", NEW_YEAR, None)]


@pytest.mark.parametrize(
    ("percent", "first", "end"),
    [
        (-1, date(2027, 1, 1), None),
        (21, date(2020, 1, 1), None),
        (21, date(2027, 1, 1), date(2027, 1, 1)),
    ],
    ids=["negative", "two on one day", "no day at all"],
)
def test_the_database_refuses_what_cannot_be(percent, first, end):
    load()

    with pytest.raises(IntegrityError), transaction.atomic():
        VatRate.objects.create(country="AT", percent=percent, valid=(first, end))
