"""A person's browser on one tenant's host: cookies, forms, and a press of the button again."""

import html
import random
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

TIMEOUT_SECONDS = 30
# How often a person tries again when the site does not answer, and how long they wait.
TRIES = 40
PAUSE_SECONDS = 0.5
DOWN = {502, 503, 504}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
Fields = Sequence[tuple[str, str]]


class SiteIsDown(Exception):
    """Nobody answered for longer than a person waits."""


@dataclass(frozen=True, slots=True)
class Page:
    """What came back; `goes_to` is where a redirect or htmx leads, or nothing."""

    status: int
    text: str
    goes_to: str

    @property
    def token(self) -> str:
        found = TOKEN.search(self.text)
        return found[1] if found else ""

    def find(self, pattern: str) -> list[str]:
        """Return what the group of the pattern matches in the page, as it reads there."""
        return [html.unescape(found) for found in re.findall(pattern, self.text)]


class Browser:
    """One session. It comes in by any of the `doors`, which are ports of the web processes."""

    def __init__(self, host: str, doors: Sequence[int], die: random.Random) -> None:
        self.host = host
        self.doors = doors
        self.die = die
        self.seen: dict[int, int] = {}
        self.http = httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False)

    def get(self, path: str) -> Page:
        return self._ask("GET", path)

    def follow(self, page: Page) -> Page:
        """Go where the page leads, for as long as it stays on this site."""
        while page.goes_to and is_of_site(page.goes_to, self.host):
            page = self.get(path_of(page.goes_to))
        return page

    def post(self, path: str, fields: Fields, *, as_htmx: bool = False) -> Page:
        """Send a form; if nobody answers, a person presses the button again."""
        return self._ask("POST", path, fields, {"HX-Request": "true"} if as_htmx else {})

    def copy(self) -> "Browser":
        """Return the same session in a second window."""
        window = Browser(self.host, self.doors, random.Random(self.die.random()))
        window.http.cookies = httpx.Cookies(self.http.cookies)
        window.seen = self.seen
        return window

    def _ask(
        self,
        method: str,
        path: str,
        fields: Fields = (),
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        sent: dict[str, str | list[str]] = {}
        for name, value in fields:
            sent.setdefault(name, [])
            sent[name] = [*sent[name], value]
        page = Page(0, "", "")
        for _ in range(TRIES):
            door = self.die.choice(self.doors)
            try:
                answer = self.http.request(
                    method,
                    f"http://127.0.0.1:{door}{path}",
                    data=sent or None,
                    headers={"Host": self.host, **(headers or {})},
                )
            except httpx.TransportError:
                self.seen[0] = self.seen.get(0, 0) + 1
                time.sleep(PAUSE_SECONDS)
                continue
            self.seen[answer.status_code] = self.seen.get(answer.status_code, 0) + 1
            goes_to = answer.headers.get("HX-Redirect") or answer.headers.get("Location", "")
            page = Page(answer.status_code, answer.text, goes_to)
            if answer.status_code < 500:
                return page
            time.sleep(PAUSE_SECONDS)
        if page.status:
            return page
        raise SiteIsDown(f"{method} {path}")


def is_of_site(address: str, host: str) -> bool:
    named = urlsplit(address).hostname
    return named is None or named == host


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
