"""Buying by quantity as a tenant's admin does it, in both themes and on a phone."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import axe_findings, sign_in


def want(page: Page, city: str, quantity: int, *, channels: int = 2) -> None:
    page.get_by_label(f"How many numbers of {city}").first.fill(str(quantity))
    page.get_by_label(f"Channels of each number of {city}").first.fill(str(channels))


def test_numbers_of_two_cities_are_picked_changed_and_let_go(
    page: Page, complaints: list[str]
) -> None:
    sign_in(page)
    page.goto("/buy/")
    page.get_by_role("link", name="Coverage and prices").click()
    page.get_by_label("City or prefix").fill("501")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**place=501**")
    expect(page.get_by_role("row").filter(has_text="Little Rock").first).to_contain_text("+1 501")
    findings = axe_findings(page)

    want(page, "Little Rock", 3, channels=4)
    want(page, "Conway", 2)
    expect(page.get_by_text("5 wanted")).to_be_visible()
    page.get_by_role("button", name="Add to cart").last.click()
    page.wait_for_url("**/cart/")
    expect(page.get_by_text("5 numbers are in the cart")).to_be_visible()
    little_rock = page.get_by_role("region", name="Little Rock, AR (+1 501)")
    expect(little_rock.get_by_role("listitem")).to_have_count(3)
    expect(little_rock.get_by_label("Channels")).to_have_value("4")
    findings += axe_findings(page)

    little_rock.get_by_label("Numbers").fill("4")
    little_rock.get_by_role("button", name="Change").click()
    expect(little_rock.get_by_role("listitem")).to_have_count(4)
    little_rock.get_by_role("button", name="Remove +1").first.click()
    expect(little_rock.get_by_role("listitem")).to_have_count(3)

    page.set_viewport_size({"width": 390, "height": 844})
    findings += axe_findings(page)
    for city in ("Little Rock", "Conway"):
        page.get_by_role("region", name=city).get_by_role("button", name="Remove all").click()
        expect(page.get_by_role("dialog")).to_contain_text("others can buy them")
        findings += axe_findings(page)
        page.get_by_role("dialog").get_by_role("button", name="Remove all").click()
        expect(page.get_by_role("region", name=city)).to_have_count(0)
    expect(page.get_by_text("The cart is empty")).to_be_visible()

    assert findings == []
    assert complaints == []
