"""Finding numbers by their digits as a tenant's admin does it, in both themes and on a phone."""

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import SIDEWAYS, axe_findings, sign_in

PHONE: ViewportSize = {"width": 390, "height": 844}


def search_pattern(page: Page, pattern: str) -> None:
    page.get_by_role("textbox", name="Pattern").fill(pattern)
    page.keyboard.press("Enter")


def test_a_pattern_is_read_marked_and_sorted(page: Page, complaints: list[str]) -> None:
    sign_in(page)
    page.goto("/buy/")
    search_pattern(page, "*777*")

    expect(page.get_by_text("*777* = …777…")).to_be_visible()
    expect(page.locator("#offers mark").first).to_have_text(re.compile(r"7.?7.?7"))
    page.get_by_label("Sort").select_option("memorable")
    score = page.locator("#offers [data-hint]").first
    expect(score).to_be_visible()
    score.hover()
    expect(page.get_by_text("of 100:").first).to_be_visible()
    findings = axe_findings(page)
    page.set_viewport_size(PHONE)
    assert page.evaluate(SIDEWAYS) <= 0
    findings += axe_findings(page)

    assert findings == []
    assert complaints == []


def test_what_is_unfolded_stays_so_while_the_search_changes(page: Page) -> None:
    sign_in(page)
    page.goto("/buy/")
    page.get_by_text("More filters").click()

    page.get_by_label("State").select_option("AR")

    expect(page.locator("#offers")).to_be_visible()
    expect(page.get_by_label("Registration")).to_be_visible()
    assert axe_findings(page) == []


def test_a_wrong_shape_is_explained_and_nothing_found_leads_on(page: Page) -> None:
    sign_in(page)
    page.goto("/buy/toll-free/?mode=vanity")
    search_pattern(page, "877-555-XX")
    expect(page.get_by_text("add XX, or * at the end")).to_be_visible()
    findings = axe_findings(page)

    search_pattern(page, "888-QQQ-QQQQ")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    findings += axe_findings(page)
    page.set_viewport_size(PHONE)
    assert page.evaluate(SIDEWAYS) <= 0
    page.get_by_label("Searches that find something").get_by_role("link").first.click()

    expect(page.locator("#offers mark").first).to_be_visible()
    assert findings == []


@pytest.mark.parametrize("pattern", ["8XX-FLOWERS"])
def test_a_word_and_a_block_go_into_the_cart(page: Page, pattern: str) -> None:
    sign_in(page)
    page.goto("/buy/toll-free/?mode=vanity")
    search_pattern(page, pattern)
    number = page.locator("#offers").get_by_role("rowheader").first
    expect(number).to_contain_text("356-9377")
    page.locator("#offers").get_by_role("checkbox").nth(1).check()
    page.get_by_role("button", name="Add selected to cart").click()
    expect(page.get_by_role("rowheader", name="356-9377").first).to_be_visible()

    page.goto("/buy/?country=US&region=AR&look=block&length=10")
    findings = axe_findings(page)
    page.locator("#blocks").get_by_role("button").first.click()

    expect(page.get_by_text("10 of 10 numbers of the block are in the cart")).to_be_visible()
    assert findings == []
    page.goto("/cart/")
    while (removes := page.get_by_role("button", name="Remove")).count():
        removes.first.click()
