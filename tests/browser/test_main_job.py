"""The main job as a tenant admin does it, in both themes: find numbers, buy them, hold them."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from stock.models import Requirement
from tests.browser.conftest import (
    DELIVERY_MILLISECONDS,
    PRINTING_MILLISECONDS,
    Site,
    axe_findings,
    sign_in,
    type_in_a_card,
)
from tests.conftest import NOON
from tests.purchase.factories import ask

# The sandbox carrier misbehaves on purpose for lines that begin with 01.
ORDINARY = "tbody tr:not(:has-text('-01'))"


def add_three_to_the_cart(page: Page) -> list[str]:
    page.goto("/buy/")
    page.get_by_label("State").select_option("AR")
    page.get_by_role("textbox", name="Area code").fill("501")
    page.get_by_role("button", name="Search").last.click()
    rows = page.locator(f"#offers {ORDINARY}")
    expect(rows.nth(2)).to_contain_text("+1 501")
    numbers = [rows.nth(n).get_by_role("rowheader").inner_text().strip() for n in range(3)]
    for n in range(3):
        rows.nth(n).get_by_role("checkbox").check()
    page.get_by_role("button", name="Add selected to cart").click()
    page.wait_for_url("**/cart/")
    return numbers


def test_three_numbers_are_found_bought_delivered_and_described(
    page: Page, complaints: list[str]
) -> None:
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("Acme|Globex"))
    findings = axe_findings(page)

    numbers = add_three_to_the_cart(page)
    findings += axe_findings(page)
    page.goto("/cart/")
    for number in numbers:
        expect(page.get_by_role("rowheader", name=number)).to_be_visible()
    findings += axe_findings(page)

    page.goto("/checkout/")
    page.get_by_role("button", name="card").last.click()
    type_in_a_card(page, "4242 4242 4242 4242")
    page.wait_for_url("**/checkout/")
    findings += axe_findings(page)
    page.get_by_role("button", name="Pay $6.60 with Visa ending in 4242").first.click()

    page.wait_for_url("**/orders/*/")
    expect(page.get_by_text("Delivered").nth(2)).to_be_visible(timeout=DELIVERY_MILLISECONDS)
    findings += axe_findings(page)

    page.goto("/numbers/")
    findings += axe_findings(page)
    page.get_by_role("link", name=numbers[0]).click()
    page.get_by_label("Description").fill("Front desk")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Description")).to_have_value("Front desk")
    findings += axe_findings(page)
    page.goto("/numbers/")
    expect(page.get_by_role("row").filter(has_text=numbers[0])).to_contain_text("Front desk")

    assert findings == []
    assert complaints == []


def test_a_refused_authentication_leaves_the_cart_as_it_was(page: Page) -> None:
    sign_in(page)
    numbers = add_three_to_the_cart(page)
    page.goto("/checkout/")
    page.get_by_role("button", name="card").last.click()
    type_in_a_card(page, "4000 0025 0000 3155")
    page.wait_for_url("**/checkout/")

    page.get_by_role("button", name="Pay $6.60 with Visa ending in 3155").first.click()
    page.wait_for_url("**/authenticate/**")
    page.get_by_role("button", name="Refuse").click()

    page.wait_for_url("**/checkout/")
    expect(
        page.get_by_text("not confirmed").or_(page.get_by_text("authenticat")).first
    ).to_be_visible()
    page.goto("/cart/")
    for number in numbers:
        expect(page.get_by_role("rowheader", name=number)).to_be_visible()
        page.get_by_role("row").filter(has_text=number).get_by_role("button").last.click()


@pytest.fixture
def asked(site: Site) -> Iterator[None]:
    """Let buyers of such numbers agree to something first."""
    requirement = ask(notes="Emergency calls need a registered address.")
    yield
    Requirement.objects.filter(pk=requirement.pk).update(superseded_at=NOON)


def test_terms_are_changed_and_agreed_to_and_the_balance_filled_on_the_way(
    page: Page, complaints: list[str], asked: None
) -> None:
    sign_in(page)
    add_three_to_the_cart(page)
    page.get_by_label("Period of +1").first.select_option("12")
    expect(page.locator("#cart-total")).to_contain_text("$19.80")
    page.get_by_label("Channels of +1").first.fill("4")
    page.get_by_label("Channels of +1").first.press("Enter")
    expect(page.locator("#cart-total")).to_contain_text("$39.00")
    expect(page.get_by_text("Every 12 months, 1 number")).to_be_visible()
    findings = axe_findings(page)

    page.goto("/checkout/")
    page.get_by_role("link", name="Top up").click()
    expect(page.get_by_role("heading", name="Top up the balance")).to_be_visible()
    findings += axe_findings(page)
    page.get_by_role("button", name=re.compile("Add a(nother)? card")).click()
    type_in_a_card(page, "4000 0025 0000 3155")
    page.wait_for_url("**/top-up/**")
    page.get_by_label("Amount").fill("60")
    page.get_by_role("button", name="Continue").click()
    pay = page.get_by_role("button", name="Pay $60.00 with Visa ending in 3155")
    expect(pay).to_be_visible()
    findings += axe_findings(page)
    pay.click()
    page.wait_for_url("**/authenticate/**")
    page.get_by_role("button", name="Approve").click()
    page.wait_for_url("**/checkout/")
    expect(page.get_by_text("$60.00 is in the balance")).to_be_visible()
    findings += axe_findings(page)

    page.get_by_role("button", name="from the balance").click()
    expect(page).to_have_url(re.compile("/checkout/$"))
    page.get_by_label("I have read what is asked").check()
    page.get_by_role("button", name="Pay $39.00 from the balance").click()
    page.wait_for_url("**/orders/*/")
    expect(page.get_by_text("3 numbers delivered")).to_be_visible(timeout=DELIVERY_MILLISECONDS)
    findings += axe_findings(page)
    with page.expect_download(timeout=PRINTING_MILLISECONDS) as download:
        page.get_by_role("link", name="Receipt").click(timeout=PRINTING_MILLISECONDS)
    assert download.value.path().read_bytes().startswith(b"%PDF-")

    page.get_by_role("button", name="Buy again").click()
    page.wait_for_url("**/cart/")
    expect(page.locator("#cart-total")).to_contain_text("$39.00")
    for _ in range(3):
        page.get_by_role("button", name="Remove +1").first.click()
        page.wait_for_load_state()
    expect(page.get_by_text("The cart is empty")).to_be_visible()
    assert findings == []
    assert complaints == []
