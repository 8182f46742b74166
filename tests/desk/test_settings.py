"""The operator's page of the platform's settings."""

import pytest

from tenants.models import PlatformSetting, StaffAct
from tenants.platform_settings import ALL, change_setting, read_setting, read_text

HOLD = "/settings/purchase.hold_minutes/"


def changes():
    return list(StaffAct.objects.order_by("id").values_list("subject_name", "reason", "actor_name"))


def test_every_setting_is_listed_with_its_value_and_meaning(
    operator, django_assert_max_num_queries
):
    with django_assert_max_num_queries(18):
        page = operator.get("/settings/").text

    assert all(setting.meaning in page for setting in ALL[:1])
    assert page.count('class="row-link"') == len(ALL)
    assert "15 minutes" in page
    assert "$50.00" in page
    assert "Ireland" in page


def test_who_changed_a_setting_stands_beside_it(operator):
    operator.post(HOLD, {"value": "20"})

    page = operator.get("/settings/").text

    assert "20 minutes" in page
    assert "Default: 15 minutes" in page
    assert "Olga" in page


@pytest.mark.parametrize(
    ("key", "typed", "kept", "words"),
    [
        ("purchase.hold_minutes", "20", 20, "15 minutes → 20 minutes"),
        ("purchase.least_balance.USD", "12.50", 1250, "$50.00 → $12.50"),
        ("purchase.least_balance.EUR", "0", 0, "€50.00 → €0.00"),
        ("purchase.top_up_most.GBP", "6000", 600_000, "£5,000.00 → £6,000.00"),
        ("purchase.free_number", "0", 0, "Yes → No"),
        ("purchase.free_periods", "12", 12, "As long as it is held → 12 periods"),
    ],
)
def test_a_change_holds_and_is_written_down(operator, key, typed, kept, words):
    answer = operator.post(f"/settings/{key}/", {"value": typed})

    assert answer.url == "/settings/"
    assert read_setting(key) == kept
    [(_, change, by)] = changes()
    assert (change, by) == (words, "Olga")


def test_the_sellers_country_is_changed_by_its_name(operator):
    operator.post("/settings/tax.seller_country/", {"value": "DE"})

    assert read_text("tax.seller_country") == "DE"
    assert changes()[0][1] == "Ireland → Germany"


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("purchase.hold_minutes", "0"),
        ("purchase.hold_minutes", "61"),
        ("purchase.hold_minutes", "15.5"),
        ("purchase.hold_minutes", "soon"),
        ("purchase.hold_minutes", ""),
        ("purchase.hold_minutes", "1" * 400),
        ("purchase.least_balance.USD", "-1"),
        ("purchase.least_balance.USD", "10000.01"),
        ("purchase.least_balance.USD", "1.005"),
        ("purchase.least_balance.USD", "NaN"),
        ("purchase.top_up_least.EUR", "5000.01"),
        ("purchase.free_number", "2"),
        ("tax.seller_country", "ZZ"),
        ("tax.seller_country", "<b>"),
    ],
)
def test_a_refused_value_is_explained_and_nothing_changed(operator, key, typed):
    answer = operator.post(f"/settings/{key}/", {"value": typed})

    assert answer.status_code == 422
    assert 'class="field-error"' in answer.text
    assert not PlatformSetting.objects.exists()
    assert not changes()


def test_what_is_saved_unchanged_is_no_change(operator):
    operator.post(HOLD, {"value": "15"})

    assert not changes()


def test_a_setting_goes_back_to_its_default(operator):
    operator.post(HOLD, {"value": "20"})

    operator.post(f"{HOLD}reset/")

    assert read_setting("purchase.hold_minutes") == 15
    assert changes()[-1][1] == "20 minutes → 15 minutes, the default"


def test_a_reset_that_breaks_an_order_is_explained(operator):
    change_setting("purchase.longest_hold_minutes", 120)
    change_setting("purchase.hold_minutes", 90)

    page = operator.post("/settings/purchase.longest_hold_minutes/reset/", follow=True).text

    assert "Longest hold is not reset." in page
    assert read_setting("purchase.longest_hold_minutes") == 120


def test_a_setting_shows_its_history(operator, django_assert_max_num_queries):
    operator.post(HOLD, {"value": "20"})
    operator.post(HOLD, {"value": "25"})

    with django_assert_max_num_queries(20):
        page = operator.get(HOLD).text

    assert page.index("20 minutes → 25 minutes") < page.index("15 minutes → 20 minutes")


def test_an_unknown_setting_is_not_found(operator):
    assert operator.get("/settings/purchase.no_such_thing/").status_code == 404


@pytest.mark.parametrize("path", ["/settings/", HOLD])
def test_support_sees_no_settings(support, path):
    assert support.get(path).status_code == 403


def test_support_changes_no_setting(support):
    assert support.post(HOLD, {"value": "20"}).status_code == 403
    assert read_setting("purchase.hold_minutes") == 15
