"""What the small modules add to the components, on a page that no server serves."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django_cotton.compiler_regex import CottonCompiler
from playwright.sync_api import Browser, Page, Route, expect

from tests.conftest import ROOT

ORIGIN = "http://components.example"
PAGE = Path(__file__).with_name("components.html")
OPTIONS = '<c-option value="Conway" detail="88" /><c-option value="Benton" detail="31" />'


def render(markup: str) -> str:
    modules = sorted(module.name for module in (ROOT / "static/js").iterdir())
    return Template(CottonCompiler().process(markup)).render(Context({"modules": modules}))


def find_file(name: str) -> str | Path:
    ours = ROOT / "static" / name
    return ours if ours.exists() else finders.find(name) or ours


def answer(route: Route) -> None:
    path = route.request.url.removeprefix(ORIGIN)
    if path.startswith("/static/"):
        route.fulfill(path=find_file(path.removeprefix("/static/")))
    elif path.startswith("/options"):
        route.fulfill(body=render(OPTIONS), content_type="text/html")
    elif path == "/":
        route.fulfill(body=render(PAGE.read_text()), content_type="text/html; charset=utf-8")
    else:
        route.fulfill(status=500, body="")


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(base_url=ORIGIN, reduced_motion="reduce")
    # Browsers let only secure origins write to the clipboard.
    context.add_init_script("navigator.clipboard ??= {writeText: async (text) => text}")
    page = context.new_page()
    page.route("**/*", answer)
    page.goto("/")
    yield page
    context.close()


def test_slash_focuses_the_search(page):
    page.keyboard.press("/")

    expect(page.get_by_label("Search numbers")).to_be_focused()


def test_shortcuts_can_be_switched_off(page):
    page.keyboard.press("?")
    page.get_by_label("On", exact=True).uncheck()
    page.keyboard.press("Escape")

    page.keyboard.press("/")

    expect(page.get_by_label("Search numbers")).not_to_be_focused()


def test_copying_says_what_was_copied(page):
    page.get_by_role("button", name="Copy +15015550110").click()

    expect(page.get_by_role("status").filter(has_text="Copied +15015550110")).to_be_visible()


def test_a_hint_shows_on_hover_and_stays_while_pointed_at(page):
    page.get_by_role("button", name="Active").hover()
    page.get_by_text("Receives calls.").hover()
    expect(page.get_by_text("Receives calls.")).to_be_visible()

    page.get_by_role("heading", name="Components", exact=True).hover()

    expect(page.get_by_text("Receives calls.")).to_be_hidden()


def test_a_hint_shows_on_focus_and_closes_with_escape(page):
    page.get_by_role("button", name="Copy +15015550110").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_text("Receives calls.")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.get_by_text("Receives calls.")).to_be_hidden()


def test_shift_ticks_a_range_and_the_bar_counts(page):
    page.get_by_label("Select 1").click()
    page.get_by_label("Select 3").click(modifiers=["Shift"])

    expect(page.get_by_text("3 selected")).to_be_visible()


def test_clearing_the_selection_hides_the_bar(page):
    page.get_by_label("Select all on this page").check()
    expect(page.get_by_text("4 selected")).to_be_visible()

    page.get_by_role("button", name="Clear the selection").click()

    expect(page.get_by_text("selected")).to_be_hidden()


def test_a_combobox_is_used_by_keyboard(page):
    city = page.get_by_role("combobox", name="City")
    city.press_sequentially("n")
    expect(page.get_by_role("option", name="Conway")).to_be_visible()

    city.press("ArrowDown")
    city.press("ArrowDown")
    city.press("Enter")

    expect(city).to_have_value("Benton")
    expect(page.get_by_role("option", name="Conway")).to_be_hidden()


def test_a_failed_request_can_be_tried_again(page):
    page.get_by_role("button", name="Ask").click()
    toast = page.get_by_text("Something went wrong on our side.")
    expect(toast).to_be_visible()

    with page.expect_request("**/broken"):
        page.get_by_role("button", name="Retry").click()


def test_what_cannot_be_undone_is_typed_first(page):
    page.get_by_role("button", name="Cancel number").click()
    typed = page.get_by_label("Type +15015550110 to confirm")

    typed.fill("+1501")
    assert not typed.evaluate("field => field.validity.valid")
    typed.fill("+15015550110")
    assert typed.evaluate("field => field.validity.valid")
