"""The main job as a tenant admin does it, in both themes: find numbers, buy them, hold them."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import axe_findings, sign_in

# How long delivery may take, the sandbox carrier's own few hundred milliseconds included.
DELIVERY_MILLISECONDS = 30_000
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
    return numbers


def type_in_a_card(page: Page, number: str) -> None:
    """Fill in the payment provider's page, and come back to ours."""
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12 / 34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on card").fill("Ada Admin")
    page.get_by_role("button", name="Save card").click()


def test_three_numbers_are_found_bought_delivered_and_described(
    page: Page, complaints: list[str]
) -> None:
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Acme")
    findings = axe_findings(page)

    numbers = add_three_to_the_cart(page)
    findings += axe_findings(page)
    page.goto("/cart/")
    for number in numbers:
        expect(page.get_by_role("rowheader", name=number)).to_be_visible()
    findings += axe_findings(page)

    page.goto("/checkout/")
    page.get_by_role("button", name="card").last.click()
    page.wait_for_url("**/pay/**")
    type_in_a_card(page, "4242 4242 4242 4242")
    page.wait_for_url("**/checkout/")
    expect(page.get_by_role("radio", name="4242").first).to_be_checked()
    findings += axe_findings(page)
    page.get_by_role("button", name="Pay $6.60").click()

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
    page.wait_for_url("**/pay/**")
    type_in_a_card(page, "4000 0025 0000 3155")
    page.wait_for_url("**/checkout/")
    page.get_by_role("radio", name="3155").first.check()

    page.get_by_role("button", name="Pay $6.60").click()
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
