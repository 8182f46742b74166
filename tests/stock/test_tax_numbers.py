"""Tax numbers in every spelling, and what is said about those that cannot be one."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stock.regions import country_name
from stock.tax_numbers import LOOKS, NotATaxNumber, read_tax_number
from stock.vat import EU

# One number of each country that its check digit fits.
GOOD = {
    "AT": "ATU13585627",
    "BE": "BE0403019261",
    "BG": "BG175074752",
    "CY": "CY10259033P",
    "CZ": "CZ25123891",
    "DE": "DE136695976",
    "DK": "DK13585628",
    "EE": "EE100931558",
    "ES": "ESB58378431",
    "FI": "FI20774740",
    "FR": "FR40303265045",
    "GR": "EL094259216",
    "HR": "HR33392005961",
    "HU": "HU12892312",
    "IE": "IE6433435F",
    "IT": "IT00743110157",
    "LT": "LT119511515",
    "LU": "LU15027442",
    "LV": "LV40003521600",
    "MT": "MT11679112",
    "NL": "NL004495445B01",
    "PL": "PL8567346215",
    "PT": "PT501964843",
    "RO": "RO18547290",
    "SE": "SE123456789701",
    "SI": "SI50223054",
    "SK": "SK2022749619",
}
every_country = pytest.mark.parametrize(("country", "number"), GOOD.items())


def test_every_country_of_the_union_is_here():
    assert set(GOOD) == set(LOOKS) == EU


@every_country
def test_a_good_number_stays_as_it_is(country, number):
    assert read_tax_number(number, country=country) == number


@every_country
def test_the_countrys_letters_may_be_left_out(country, number):
    assert read_tax_number(number[2:], country=country) == number


@every_country
def test_lower_case_spaces_dots_and_dashes_do_not_matter(country, number):
    typed = f" {number[:2].lower()} {number[2:5]}.{number[5:8].lower()}-{number[8:]} "

    assert read_tax_number(typed, country=country) == number


@every_country
def test_a_number_of_another_country_is_told(country, number):
    home = "PT" if country != "PT" else "DE"

    with pytest.raises(NotATaxNumber, match=rf"from another country \({country_name(country)}\)"):
        read_tax_number(number, country=home)


@pytest.mark.parametrize(
    ("country", "typed"),
    [
        ("AT", "ATU13585626"),
        ("DE", "DE136695978"),
        ("DK", "DK13585627"),
        ("ES", "ESB58378432"),
        ("FR", "FR41303265045"),
        ("GR", "EL123456781"),
        ("IE", "IE6433435E"),
        ("IT", "IT00743110158"),
        ("NL", "NL123456789B90"),
        ("PL", "PL8567346216"),
    ],
)
def test_a_wrong_check_digit_is_told(country, typed):
    with pytest.raises(NotATaxNumber, match="The check digit does not fit"):
        read_tax_number(typed, country=country)


@pytest.mark.parametrize(
    "typed", ["", "DE", "DE13669597", "DE1366959766", "DE13669597X", "1" * 40, "<script>", "DE१३६"]
)
def test_what_looks_otherwise_is_told_how_they_look(typed):
    with pytest.raises(
        NotATaxNumber, match=r"A VAT number of your country \(Germany\) looks like DE123456789"
    ):
        read_tax_number(typed, country="DE")


def test_greece_writes_el_and_may_be_given_as_gr():
    assert read_tax_number("gr 094 259 216", country="GR") == "EL094259216"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("12-3456789", "123456789"),
        ("che-107.787.577 mwst", "CHE107787577MWST"),
        ("DE136695976", "DE136695976"),
    ],
)
def test_outside_the_union_nothing_is_checked(typed, kept):
    assert read_tax_number(typed, country="US") == kept


@pytest.mark.parametrize("typed", ["1", "1" * 17, "<b>12</b>", "12;34"])
def test_outside_the_union_it_still_is_letters_and_digits(typed):
    with pytest.raises(NotATaxNumber, match="2 to 16 letters and digits"):
        read_tax_number(typed, country="US")


@given(
    country=st.sampled_from(sorted(GOOD)),
    typed=st.text(st.sampled_from("0123456789ABEILTUXY -."), max_size=18) | st.text(max_size=18),
)
def test_whatever_is_typed_is_read_or_refused(country, typed):
    with suppress(NotATaxNumber):
        number = read_tax_number(typed, country=country)
        assert read_tax_number(number, country=country) == number
        assert len(number) <= 16
