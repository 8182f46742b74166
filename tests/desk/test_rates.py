import pytest

from stock.models import ExchangeRate
from tenants.models import StaffAct
from tests.stock.pricing import make_list, make_rate


def test_says_that_nothing_is_charged_by_them_and_what_is_not_compared(support, db):
    make_list("CHF", name="CHF")

    page = support.get("/prices/rates/").text

    assert "Nothing is charged or converted by them." in page
    assert "No rate for CHF" in page


def test_operator_sets_a_rate(operator, db):
    make_rate("EUR", "0.90")

    operator.post("/prices/rates/set/", {"currency": "eur", "per_dollar": "0.95"})

    assert str(ExchangeRate.objects.get().per_dollar) == "0.950000"
    act = StaffAct.objects.get()
    assert (act.kind, act.subject_name, act.reason) == ("rate_set", "EUR", "1 USD = 0.95 EUR")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"currency": "USD", "per_dollar": "1"}, "A dollar is a dollar"),
        ({"currency": "XYZ", "per_dollar": "1"}, "XYZ is no currency"),
        ({"currency": "EUR", "per_dollar": "0"}, "Nothing is no rate"),
        ({"currency": "EUR", "per_dollar": "-1"}, "greater than or equal to 0"),
        ({"currency": "EUR", "per_dollar": "0.1234567"}, "no more than 6 decimal places"),
    ],
)
def test_bad_input_says_what_is_wrong_and_changes_nothing(operator, typed, words):
    answer = operator.post("/prices/rates/set/", typed)

    assert (answer.status_code, words in answer.text) == (422, True)
    assert not ExchangeRate.objects.exists()


def test_support_sets_nothing(support):
    assert support.post("/prices/rates/set/", {"currency": "EUR"}).status_code == 403


def test_a_page_of_many_rates_costs_the_same(support, django_assert_max_num_queries):
    for currency in ("EUR", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "JPY", "AUD"):
        make_rate(currency, "2")

    with django_assert_max_num_queries(16):
        page = support.get("/prices/rates/").text

    assert "AUD" in page
