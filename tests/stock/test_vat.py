"""Which value-added tax is charged: by seller, buyer, VAT number and day."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from stock.models import VatRate
from stock.vat import RateMissing, Vat, vat_of
from tenants.platform_settings import change_setting
from tests.conftest import NOON

RATES = [
    ("AU", 10, date(2000, 7, 1), None),
    ("DE", 19, date(2007, 1, 1), date(2020, 7, 1)),
    ("DE", 16, date(2020, 7, 1), date(2021, 1, 1)),
    ("DE", 19, date(2021, 1, 1), None),
    ("FI", Decimal("25.5"), date(2024, 9, 1), None),
    ("IE", 23, date(2012, 1, 1), None),
]


@pytest.fixture
def rates(db):
    VatRate.objects.bulk_create(
        [
            VatRate(country=country, percent=percent, valid=(first, end))
            for country, percent, first, end in RATES
        ]
    )


def buyer(tenant, country, vat_number="", time_zone="UTC"):
    tenant.country, tenant.vat_number, tenant.time_zone = country, vat_number, time_zone
    return tenant


@pytest.mark.parametrize(
    ("seller", "country", "vat_number", "percent", "note"),
    [
        ("IE", "IE", "", 23, "VAT 23 % (Ireland)"),
        ("IE", "IE", "IE6433435F", 23, "VAT 23 % (Ireland)"),
        ("IE", "DE", "", 19, "VAT 19 % (Germany)"),
        ("IE", "FI", "", Decimal("25.5"), "VAT 25.5 % (Finland)"),
        ("IE", "DE", "DE136695976", 0, "Reverse charge: you account for the VAT (Germany)"),
        ("IE", "US", "", 0, "No VAT: outside the area in which we charge it (United States)"),
        ("IE", "US", "123", 0, "No VAT: outside the area in which we charge it (United States)"),
        ("IE", "AU", "", 0, "No VAT: outside the area in which we charge it (Australia)"),
        ("AU", "AU", "51824753556", 10, "VAT 10 % (Australia)"),
        ("AU", "DE", "", 0, "No VAT: outside the area in which we charge it (Germany)"),
        ("US", "US", "", 0, "No VAT: none that we charge (United States)"),
        ("US", "DE", "", 0, "No VAT: outside the area in which we charge it (Germany)"),
    ],
)
def test_seller_buyer_and_number_decide(tenant, rates, seller, country, vat_number, percent, note):
    change_setting("tax.seller_country", seller)

    charged = vat_of(buyer(tenant, country, vat_number), at=NOON)

    assert (charged.percent, charged.note) == (percent, note)


@pytest.mark.parametrize(
    ("at", "percent"),
    [
        (datetime(2020, 6, 30, 23, 59, 59, tzinfo=UTC), 19),
        (datetime(2020, 7, 1, tzinfo=UTC), 16),
        (datetime(2020, 12, 31, 23, 59, 59, tzinfo=UTC), 16),
        (datetime(2021, 1, 1, tzinfo=UTC), 19),
    ],
)
def test_a_rate_changes_at_midnight_of_its_day(tenant, rates, at, percent):
    assert vat_of(buyer(tenant, "DE"), at=at).percent == percent


@pytest.mark.parametrize(
    ("at", "percent"),
    [
        (datetime(2020, 6, 30, 21, 59, tzinfo=UTC), 19),
        (datetime(2020, 6, 30, 22, 0, tzinfo=UTC), 16),
    ],
)
def test_it_is_midnight_where_the_tenant_is(tenant, rates, at, percent):
    in_berlin = buyer(tenant, "DE", time_zone="Europe/Berlin")

    assert vat_of(in_berlin, at=at).percent == percent


@pytest.mark.parametrize(
    ("country", "at"),
    [("FR", NOON), ("DE", datetime(2006, 12, 31, tzinfo=UTC))],
    ids=["none at all", "none yet"],
)
def test_a_rate_that_nobody_entered_is_not_zero(tenant, rates, country, at):
    with pytest.raises(RateMissing, match="No VAT rate is on record"):
        vat_of(buyer(tenant, country), at=at)


def test_a_country_that_was_given_a_rate_owes_one_every_day(tenant, db):
    change_setting("tax.seller_country", "NZ")
    VatRate.objects.create(country="NZ", percent=15, valid=(date(2027, 1, 1), None))

    with pytest.raises(RateMissing, match=r"on record for Nov 22, 2026 \(New Zealand\)"):
        vat_of(buyer(tenant, "NZ"), at=NOON)


@pytest.mark.parametrize(
    ("percent", "amount", "tax"),
    [
        ("19", 100, 19),
        ("25.5", 100, 26),
        ("25.5", 98, 25),
        ("20", 12, 2),
        ("20", 13, 3),
        ("8.1", 0, 0),
        ("0", 999, 0),
        ("8.1", 1_000_000_000_000, 81_000_000_000),
    ],
)
def test_a_line_is_rounded_once_and_half_up(percent, amount, tax):
    assert Vat(Decimal(percent), "").on(amount) == tax
