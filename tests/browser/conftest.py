"""The whole product in processes of its own, and a browser in front of it."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.core.management import call_command
from django_tenants.utils import tenant_context
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.conftest import (
    NOON,
    ROOT,
    Sandbox,
    broker_url,
    fill_as_owner,
    find_tenant,
    server_url,
)
from workshop import children, servers

ADMIN = "ada@example.com"
PASSWORD = "a-long-enough-password"
START_TIMEOUT_SECONDS = 60
# Enough that ordinary numbers are in every area code.
NUMBERS = "42000"
# A person's browser in each look, and the company they work for: what one leaves behind is in
# no other's way.
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {
        "color_scheme": "light",
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
    },
}
COMPANIES = {"light": "acme", "dark": "globex", "phone": "initech"}
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# How long delivery may take, the sandbox carrier's own few hundred milliseconds included.
DELIVERY_MILLISECONDS = 30_000
# How long a busy machine may take to make a file, which a process of its own does.
PRINTING_MILLISECONDS = 60_000
Start = Callable[..., Sandbox]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a browser, so that a machine without one can leave them out."""
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.browser)


class Site:
    """The running product, as a person finds it."""

    def __init__(self, port: int, carrier: Sandbox, payments: Sandbox, mailbox: Sandbox) -> None:
        self.port = port
        self.carrier, self.payments, self.mailbox = carrier, payments, mailbox

    def url(self, host: str, path: str = "/") -> str:
        return f"http://{host}:{self.port}{path}"

    def site_of(self, company: str) -> str:
        return self.url(f"{company}.{django_settings.PLATFORM_HOST}")


@pytest.fixture(scope="module")
def site(
    process_database: str, start_sandbox: Start, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The companies' sites with a stock to buy from, workers and two beats behind them."""
    port = servers.free_port()
    carrier = start_sandbox("carrier", "--numbers", NUMBERS)
    payments = start_sandbox(
        "payments",
        *("--webhook-url", f"http://127.0.0.1:{port}/webhooks/stripe/"),
        *("--webhook-host", django_settings.PLATFORM_HOST),
        *("--webhook-secret", "whsec_sandbox"),
    )
    mailbox = start_sandbox("mailbox", "--smtp-port", "0")
    environment = os.environ | {
        "SECRET_KEY": django_settings.SECRET_KEY,
        "DATABASE_URL": server_url(process_database, "app"),
        "OWNER_DATABASE_URL": server_url(process_database, "owner"),
        "REDIS_URL": broker_url(),
        "SITE_PORT": str(port),
        # A person waits a few seconds between two looks at a carrier; a test need not.
        "SWEEP_SECONDS": "1",
        "WORK_PACE": "5",
        "SANDBOX_CARRIER_URL": carrier.url,
        "STRIPE_API_BASE": payments.url,
        "EMAIL_URL": f"smtp://127.0.0.1:{mailbox.ports['smtp_port']}",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(django_settings, "SANDBOX_CARRIER_URL", carrier.url)
        fill_as_owner(process_database, "initech=Initech")
        fill()
        logs = tmp_path_factory.mktemp("logs")
        running = start_product(port, environment, logs)
        try:
            wait_for(port, logs)
            yield Site(port, carrier, payments, mailbox)
        finally:
            children.stop(*running, grace_seconds=1)


def fill() -> None:
    """Give the platform a stock, and each company an admin with a password."""
    from carriers.connecting import connect
    from lifecycle.clock import database_time
    from people.models import Member
    from stock import counting
    from stock.syncing import sync_connection
    from tenants.platform_settings import change_setting
    from users.models import User

    call_command("load_numbering_plan", stdout=StringIO())
    connection = connect("Sandbox carrier", driver="sandbox", quarantine_seconds=5)
    sync_connection(connection, at=database_time())
    counting.rebuild()
    # The first number is paid for like any other, whichever test buys it.
    change_setting("purchase.free_number", 0)
    for company in COMPANIES.values():
        with tenant_context(find_tenant(company)):
            ada = User.objects.create_user(ADMIN, PASSWORD, name="Ada Admin")
            Member.objects.create(user=ada, role="admin", joined_at=NOON)


def start_product(port: int, environment: dict[str, str], logs: Path) -> list[children.Process]:
    celery = [sys.executable, "-m", "celery", "-A", "config"]
    commands = {
        "web": [
            *(sys.executable, "-m", "gunicorn", "config.wsgi", "-c", "config/gunicorn.py"),
            *("--bind", f"127.0.0.1:{port}", "--workers", "2"),
        ],
        "worker": [*celery, "worker", "--concurrency", "2", "--without-gossip"],
        "beat-1": [*celery, "beat", "-s", str(logs / "beat-1")],
        "beat-2": [*celery, "beat", "-s", str(logs / "beat-2")],
    }
    return [
        children.start(command, log=logs / f"{name}.log", environment=environment, folder=ROOT)
        for name, command in commands.items()
    ]


def wait_for(port: int, logs: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        try:
            answer = httpx.get(
                f"http://127.0.0.1:{port}/healthz", headers={"Host": django_settings.PLATFORM_HOST}
            )
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        if answer.status_code == httpx.codes.OK:
            return
    pytest.fail((logs / "web.log").read_text()[-2000:])


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        # Playwright's sync API keeps an event loop in this thread, where Django then refuses
        # to query. Nothing here is async.
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        # Chromium's sandbox does not start as root, as which many CI machines run.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=["light", "dark"])
def context(request: pytest.FixtureRequest, chromium: Browser, site: Site) -> Iterator[Any]:
    """A person's browser in one of the looks; in each theme unless the test says otherwise."""
    context = chromium.new_context(
        base_url=site.site_of(COMPANIES[request.param]),
        reduced_motion="reduce",
        **LOOKS[request.param],
    )
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complains about: breaches of the content policy, script errors."""
    heard: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        # htmx reports each poll that going to another page has cut off.
        if said.type == "error" and not said.text.startswith("htmx:"):
            heard.append(said.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


def sign_in(page: Page) -> None:
    page.goto("/account/login/")
    page.get_by_label("E-mail").fill(ADMIN)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def type_in_a_card(page: Page, number: str) -> None:
    """Fill in the payment provider's page, and come back to ours."""
    page.wait_for_url("**/pay/**")
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12 / 34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on card").fill("Ada Admin")
    page.get_by_role("button", name="Save card").click()


def axe_findings(page: Page) -> list[str]:
    """Return what axe finds on the page as it is now, a line each."""
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url} {violation['id']}: {node['html'][:120]}"
        for violation in found
        for node in violation["nodes"]
    ]


def look_over(page: Page) -> list[str]:
    """Return what axe finds, and whether the page has to be scrolled sideways."""
    too_wide = page.evaluate(SIDEWAYS)
    return axe_findings(page) + [f"{page.url} is {too_wide} px too wide"] * (too_wide > 0)
