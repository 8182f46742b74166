"""Buying in each way there is, as a tenant's admin does it: in both themes and on a phone."""

from collections.abc import Iterator

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Locator, Page, expect

from tenants.platform_settings import change_setting
from tests.browser.conftest import (
    DELIVERY_MILLISECONDS,
    LOOKS,
    PRINTING_MILLISECONDS,
    Site,
    look_over,
    sign_in,
    type_in_a_card,
)

# The sandbox's card whose bank asks each time.
ASKS = "4000 0025 0000 3155"

pytestmark = pytest.mark.parametrize("context", LOOKS, indirect=True)


def check_out(page: Page) -> None:
    page.get_by_role("link", name="Check out").click()
    page.wait_for_url("**/checkout/")


def approve(page: Page) -> None:
    """Say to the bank that it is oneself who pays."""
    page.wait_for_url("**/authenticate/**")
    page.get_by_role("button", name="Approve").click()


def expect_delivered(page: Page, count: int) -> None:
    page.wait_for_url("**/orders/*/")
    words = f"{count} number{'s' if count > 1 else ''} delivered"
    expect(page.get_by_text(words)).to_be_visible(timeout=DELIVERY_MILLISECONDS)


def expect_active(page: Page, numbers: list[str]) -> None:
    page.goto("/numbers/")
    for number in numbers:
        expect(page.get_by_role("row").filter(has_text=number)).to_contain_text("Active")


def expect_balance(page: Page, amount: str) -> None:
    page.goto("/billing/")
    expect(page.get_by_text("Can be spent").locator("..")).to_contain_text(amount)


def top_up(page: Page, amount: str) -> list[str]:
    """Go from the checkout to fill the balance with a new card, and come back to it."""
    page.get_by_role("link", name="Top up").click()
    page.get_by_role("button", name="Add a card").click()
    type_in_a_card(page, ASKS)
    page.wait_for_url("**/top-up/**")
    page.get_by_label("Amount").fill(amount)
    page.get_by_role("button", name="Continue").click()
    pay = page.get_by_role("button", name=f"Pay ${amount}.00 with Visa ending in 3155")
    expect(pay).to_be_visible()
    findings = look_over(page)
    pay.click()
    approve(page)
    page.wait_for_url("**/checkout/")
    expect(page.get_by_text(f"${amount}.00 is in the balance")).to_be_visible()
    return findings


def test_vanity_numbers_are_bought_from_the_balance(page: Page, complaints: list[str]) -> None:
    sign_in(page)
    page.goto("/buy/toll-free/?mode=vanity")
    page.get_by_role("textbox", name="Pattern").fill("8XX-XXX-1000")
    page.keyboard.press("Enter")
    rows = page.locator("#offers tbody tr")
    expect(rows.nth(2).locator("mark").last).to_have_text("1000")
    numbers = [rows.nth(n).get_by_role("checkbox").input_value() for n in range(3)]
    for n in range(3):
        rows.nth(n).get_by_role("checkbox").check()
    findings = look_over(page)
    page.get_by_role("button", name="Add selected to cart").click()
    shown = [in_groups(number) for number in numbers]
    for number in shown:
        expect(page.get_by_role("rowheader", name=number)).to_be_visible()
    findings += look_over(page)

    check_out(page)
    findings += top_up(page, "50")
    findings += look_over(page)
    page.get_by_role("button", name="Pay $10.50 from the balance").click()
    expect_delivered(page, 3)
    findings += look_over(page)
    with page.expect_download(timeout=PRINTING_MILLISECONDS) as download:
        page.get_by_role("link", name="Receipt").click(timeout=PRINTING_MILLISECONDS)

    assert download.value.path().read_bytes().startswith(b"%PDF-")
    expect_active(page, shown)
    findings += look_over(page)
    expect_balance(page, "$39.50")
    findings += look_over(page)
    assert findings == []
    assert complaints == []


def in_groups(digits: str) -> str:
    """Write the digits of a number of +1 as pages do."""
    return f"+{digits[0]} {digits[1:4]}-{digits[4:7]}-{digits[7:]}"


def want(page: Page, city: str, quantity: int, *, channels: int = 2) -> None:
    page.get_by_label(f"How many numbers of {city}").first.fill(str(quantity))
    page.get_by_label(f"Channels of each number of {city}").first.fill(str(channels))


def pick(page: Page, city: str) -> Locator:
    return page.get_by_role("region", name=city)


def test_numbers_of_two_cities_are_bought_by_quantity_with_a_card(
    page: Page, complaints: list[str]
) -> None:
    sign_in(page)
    page.goto("/buy/")
    page.get_by_role("link", name="Coverage and prices").click()
    page.get_by_label("City or prefix").fill("501")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**place=501**")
    want(page, "Benton", 3, channels=4)
    want(page, "Conway", 2)
    want(page, "Hot Springs", 1)
    expect(page.get_by_text("6 wanted")).to_be_visible()
    findings = look_over(page)
    page.get_by_role("button", name="Add to cart").last.click()
    page.wait_for_url("**/cart/")
    expect(page.get_by_text("6 numbers are in the cart")).to_be_visible()

    benton = pick(page, "Benton")
    expect(benton.get_by_label("Channels")).to_have_value("4")
    benton.get_by_label("Numbers").fill("4")
    benton.get_by_role("button", name="Change").click()
    expect(benton.get_by_role("listitem")).to_have_count(4)
    benton.get_by_role("button", name="Remove +1").first.click()
    expect(benton.get_by_role("listitem")).to_have_count(3)
    findings += look_over(page)
    pick(page, "Hot Springs").get_by_role("button", name="Remove all").click()
    expect(page.get_by_role("dialog")).to_contain_text("others can buy them")
    findings += look_over(page)
    page.get_by_role("dialog").get_by_role("button", name="Remove all").click()
    expect(pick(page, "Hot Springs")).to_have_count(0)
    numbers = [
        item.locator("strong").inner_text()
        for city in ("Benton", "Conway")
        for item in pick(page, city).get_by_role("listitem").all()
    ]

    check_out(page)
    page.get_by_role("button", name="card").last.click()
    type_in_a_card(page, ASKS)
    page.wait_for_url("**/checkout/")
    findings += look_over(page)
    page.get_by_role("button", name="Pay $15.80 with Visa ending in 3155").first.click()
    approve(page)
    expect_delivered(page, 5)
    findings += look_over(page)

    assert len(numbers) == 5
    expect_active(page, numbers)
    assert findings == []
    assert complaints == []


@pytest.fixture
def free_number(site: Site) -> Iterator[None]:
    """Give every company its first number."""
    with schema_context("public"):
        change_setting("purchase.free_number", 1)
    yield
    with schema_context("public"):
        change_setting("purchase.free_number", 0)


def test_the_free_first_number_is_ordered_without_paying(
    page: Page, complaints: list[str], free_number: None
) -> None:
    sign_in(page)
    page.goto("/buy/?country=US&region=AR&npa=501&nxx=")
    offer = page.locator("#offers tbody tr:not(:has-text('-01'))").first
    number = offer.get_by_role("rowheader").inner_text().strip()
    offer.get_by_role("checkbox").check()
    page.get_by_role("button", name="Add selected to cart").click()
    expect(page.get_by_text("is your free number")).to_be_visible()
    findings = look_over(page)

    check_out(page)
    findings += look_over(page)
    page.get_by_role("button", name="Order for $0.00").click()
    expect_delivered(page, 1)
    expect(page.get_by_text("Free number", exact=True)).to_be_visible()
    findings += look_over(page)

    expect_active(page, [number])
    assert findings == []
    assert complaints == []
