"""The operator's page of rates of value-added tax."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from stock.models import VatRate
from tenants.models import StaffAct


@pytest.fixture
def rates(db):
    call_command("load_vat_rates", stdout=StringIO())


@pytest.fixture
def next_month():
    return (timezone.now() + timedelta(days=30)).date()


def set_rate(client, **changes):
    return client.post("/settings/taxes/set/", {"country": "AT", "percent": "21"} | changes)


def rates_of(country):
    rates = VatRate.objects.filter(country=country).order_by("valid")
    return [(rate.percentage, rate.valid.lower) for rate in rates]


def test_each_country_shows_its_rates(operator, rates, django_assert_max_num_queries):
    with django_assert_max_num_queries(18):
        page = operator.get("/settings/taxes/").text

    assert "Estonia" in page
    assert "24 %" in page
    assert "Jul 1, 2025" in page
    assert "22 % from Jan 1, 2024" in page
    assert "25.5 %" in page


def test_without_rates_the_page_says_how_to_get_some(operator):
    assert "load_vat_rates" in operator.get("/settings/taxes/").text


def test_a_filter_narrows_the_list(operator, rates):
    rows = operator.get("/settings/taxes/", {"country": "EE"}, headers={"hx-request": "true"}).text

    assert "Estonia" in rows
    assert "Austria" not in rows
    assert "<html" not in rows


def test_more_than_a_page_of_countries_is_paged(operator):
    VatRate.objects.bulk_create(
        VatRate(country=f"{first}{second}", percent=20, valid=("2020-01-01", None))
        for first in "ABCDEF"
        for second in "ABCDEFGHIJ"
    )

    page = operator.get("/settings/taxes/").text

    assert "after=EJ" in page


def test_the_rates_go_into_a_file(operator, rates):
    answer = operator.get("/settings/taxes/export/", {"country": "EE"})

    assert answer.getvalue().decode().splitlines() == [
        "Country,Name,Percent,From,Until",
        "EE,Estonia,20,2009-07-01,2024-01-01",
        "EE,Estonia,22,2024-01-01,2025-07-01",
        "EE,Estonia,24,2025-07-01,",
    ]


def test_a_planned_rate_is_shown_ahead(operator, rates, next_month):
    answer = set_rate(operator, first_day=next_month)

    page = operator.get("/settings/taxes/").text
    assert answer.url == "/settings/taxes/"
    assert f"21 % from {next_month:%b} {next_month.day}" in page
    assert StaffAct.objects.get().actor_name == "Olga"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"first_day": "2020-01-01"}, "Choose today or a later day"),
        ({"first_day": "soon"}, "Enter a valid date"),
        ({"first_day": ""}, "This field is required"),
        ({"percent": "20"}, "This is the rate already"),
        ({"percent": "51"}, "less than or equal to 50"),
        ({"percent": "-1"}, "greater than or equal to 0"),
        ({"percent": "20.125"}, "no more than 2 decimal places"),
        ({"country": "ZZ"}, "Select a valid choice"),
    ],
)
def test_a_refused_rate_is_explained_and_nothing_changed(operator, rates, next_month, changes, why):
    answer = set_rate(operator, **{"first_day": next_month} | changes)

    assert answer.status_code == 422
    assert why in answer.text
    assert rates_of("AT") == [("20 %", VatRate.objects.get(country="AT").valid.lower)]
    assert not StaffAct.objects.exists()


def test_a_rate_before_a_planned_one_is_refused(operator, rates, next_month):
    set_rate(operator, first_day=next_month)

    answer = set_rate(operator, percent="22", first_day=next_month - timedelta(days=1))

    assert answer.status_code == 422
    assert "Withdraw it, or choose a later day" in answer.text


def test_a_planned_rate_is_withdrawn(operator, rates, next_month):
    set_rate(operator, first_day=next_month)
    planned = VatRate.objects.get(country="AT", percent=21)

    page = operator.post(f"/settings/taxes/{planned.reference}/withdraw/", follow=True).text

    assert "Austria stays with the rate before." in page
    assert [percentage for percentage, _ in rates_of("AT")] == ["20 %"]


def test_a_first_rate_ahead_says_that_it_stops_sales(operator, next_month):
    refused = set_rate(operator, country="NZ", first_day=next_month)
    assert refused.status_code == 422
    assert "New Zealand has no rate yet" in refused.text

    set_rate(operator, country="NZ", first_day=next_month, may_stop_sales="on")

    assert rates_of("NZ") == [("21 %", next_month)]


@pytest.mark.parametrize(
    ("country", "words"),
    [
        ("NZ", "New Zealand has no rate. No VAT is charged there."),
        ("AT", "Austria has no rate, and nothing is sold there without one."),
    ],
)
def test_without_a_rate_before_it_a_withdrawn_one_leaves_none(operator, next_month, country, words):
    set_rate(operator, country=country, first_day=next_month, may_stop_sales="on")
    planned = VatRate.objects.get()

    shown = operator.get("/settings/taxes/").text
    page = operator.post(f"/settings/taxes/{planned.reference}/withdraw/", follow=True).text

    assert "would have no rate." in shown
    assert words in page


def test_a_rate_that_has_begun_stays(operator, rates):
    begun = VatRate.objects.get(country="AT")

    page = operator.post(f"/settings/taxes/{begun.reference}/withdraw/", follow=True).text

    assert "This rate has begun, and stays." in page
    assert VatRate.objects.filter(pk=begun.pk).exists()


def test_support_sets_no_rate(support, rates, next_month):
    assert support.get("/settings/taxes/").status_code == 403
    assert set_rate(support, first_day=next_month).status_code == 403
