"""The pages people see, from the templates beside this file."""

from html import escape
from pathlib import Path
from string import Template

from sandbox.payments.call import Reply

FOLDER = Path(__file__).parent
HEADERS = {
    "Cache-Control": "no-store",
    # form-action stays open: a browser would refuse to leave for the merchant after a form.
    "Content-Security-Policy": (
        "default-src 'none'; img-src data:; style-src 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Markup(str):
    """Text that is HTML already."""


def fill(template: str, **values: str) -> Markup:
    """Fill a template; what is not Markup is escaped."""
    text = Template((FOLDER / f"{template}.html").read_text())
    return Markup(
        text.substitute(
            {
                name: value if isinstance(value, Markup) else escape(value)
                for name, value in values.items()
            }
        )
    )


def page(title: str, body: Markup, *, status_code: int = 200) -> Reply:
    html = fill("page", title=title, body=body)
    return Reply(status_code, html.encode(), "text/html; charset=utf-8", HEADERS)


def notice(
    title: str, text: str, *, url: str | None = None, link: str = "Continue", status_code: int = 200
) -> Reply:
    onward = fill("link", url=url, text=link) if url else Markup("")
    body = fill("notice", title=title, text=text, onward=onward)
    return page(title, body, status_code=status_code)


def redirect(url: str) -> Reply:
    return Reply(303, b"", "text/plain", {**HEADERS, "Location": url})


def stylesheet() -> Reply:
    return Reply(200, (FOLDER / "pages.css").read_bytes(), "text/css; charset=utf-8", HEADERS)


def amount(minor_units: int, currency: str) -> str:
    return f"{minor_units / 100:,.2f} {currency.upper()}"
