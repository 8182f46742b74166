"""The platform's settings: declared once, bounded, and read as cheaply as a row."""

import pytest

from tenants.models import PlatformSetting
from tenants.platform_settings import (
    ALL,
    SETTINGS,
    OutOfBounds,
    Shape,
    change_setting,
    read_all,
    read_setting,
    read_text,
    reset_setting,
)

pytestmark = pytest.mark.django_db
every_setting = pytest.mark.parametrize("setting", ALL, ids=lambda setting: setting.key)


def test_what_buying_reads_is_there():
    values = read_all()

    assert {key: values[key] for key in values if key.startswith("purchase.")} == {
        "purchase.charge_after_minutes": 60,
        "purchase.free_number": 1,
        "purchase.free_periods": 0,
        "purchase.hold_minutes": 15,
        "purchase.largest_cart": 100,
        "purchase.least_balance.EUR": 5000,
        "purchase.least_balance.GBP": 5000,
        "purchase.least_balance.USD": 5000,
        "purchase.longest_hold_minutes": 60,
        "purchase.top_up_least.EUR": 1000,
        "purchase.top_up_least.GBP": 1000,
        "purchase.top_up_least.USD": 1000,
        "purchase.top_up_most.EUR": 500_000,
        "purchase.top_up_most.GBP": 500_000,
        "purchase.top_up_most.USD": 500_000,
    }


def test_each_key_is_declared_once():
    assert len(SETTINGS) == len(ALL)


@every_setting
def test_a_setting_is_explained_and_allows_its_default(setting):
    assert setting.meaning.endswith(".")
    assert setting.allows(setting.default)
    assert setting.shape not in (Shape.COUNT, Shape.AMOUNT) or setting.unit


@every_setting
def test_a_setting_without_a_row_follows_its_default(setting):
    assert read_all()[setting.key] == setting.default


def test_a_changed_setting_is_read_with_one_query(django_assert_max_num_queries):
    was = change_setting("purchase.hold_minutes", 20)

    # The other one selects the schema.
    with django_assert_max_num_queries(2):
        assert read_setting("purchase.hold_minutes") == 20
    assert was == 15


def test_a_reset_setting_follows_its_default_again():
    change_setting("tax.seller_country", "DE")

    was = reset_setting("tax.seller_country")

    assert (was, read_text("tax.seller_country")) == ("DE", "IE")
    assert not PlatformSetting.objects.exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("purchase.hold_minutes", 0),
        ("purchase.hold_minutes", 1441),
        ("purchase.hold_minutes", -15),
        ("purchase.hold_minutes", "15"),
        ("purchase.largest_cart", 1001),
        ("purchase.free_number", 2),
        ("purchase.free_periods", 121),
        ("purchase.least_balance.USD", -1),
        ("purchase.least_balance.USD", 1_000_001),
        ("sign_up.is_open", -1),
        ("tax.seller_country", "Ireland"),
        ("tax.seller_country", "ie"),
        ("tax.seller_country", 1),
    ],
)
def test_a_value_out_of_bounds_is_refused_and_nothing_changed(key, value):
    with pytest.raises(OutOfBounds):
        change_setting(key, value)

    assert not PlatformSetting.objects.exists()


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("purchase.hold_minutes", 61, "“Hold” may not be more than “Longest hold”"),
        ("purchase.longest_hold_minutes", 14, "“Hold” may not be more than “Longest hold”"),
        ("purchase.top_up_least.EUR", 500_001, r"\(EUR\)” may not be more than “Largest"),
        ("purchase.top_up_most.GBP", 999, r"\(GBP\)” may not be more than “Largest"),
    ],
)
def test_settings_that_belong_together_stay_in_order(key, value, why):
    with pytest.raises(OutOfBounds, match=why):
        change_setting(key, value)

    assert not PlatformSetting.objects.exists()


def test_a_default_out_of_order_is_not_gone_back_to():
    change_setting("purchase.longest_hold_minutes", 120)
    change_setting("purchase.hold_minutes", 90)

    with pytest.raises(OutOfBounds):
        reset_setting("purchase.longest_hold_minutes")

    assert read_setting("purchase.longest_hold_minutes") == 120


@pytest.mark.parametrize("act", [read_setting, read_text, reset_setting])
def test_an_unknown_key_is_a_fault_of_ours(act):
    with pytest.raises(KeyError):
        act("purchase.no_such_thing")
