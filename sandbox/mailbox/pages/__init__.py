"""The two pages of the mailbox, from the templates beside this file."""

import re
from datetime import datetime
from html import escape
from pathlib import Path
from string import Template

from sandbox.mailbox.letters import Letter

FOLDER = Path(__file__).parent
ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")


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


def mailbox(letters: list[Letter], *, sent_to: str) -> str:
    count = f"{len(letters)} {'mail' if len(letters) == 1 else 'mails'}"
    if letters:
        rows = Markup("".join(_row(letter) for letter in letters))
        found = fill("table", rows=rows)
    else:
        found = fill(
            "empty",
            text="Nothing has arrived for this address." if sent_to else "Nothing has arrived yet.",
        )
    body = fill("mailbox", count=count, sent_to=sent_to, found=found)
    return fill("page", title="Mailbox", body=body)


def letter(shown: Letter) -> str:
    body = fill(
        "letter",
        **_facts(shown),
        message_id=shown.message_id,
        text=with_links(shown.text) if shown.text.strip() else Markup("<em>No plain text</em>"),
        html=fill("html_part", html=with_links(shown.html)) if shown.html else Markup(""),
    )
    return fill("page", title=_subject(shown), body=body)


def not_found() -> str:
    body = fill("empty", text="There is no such mail. It may have been deleted.")
    return fill("page", title="Not found", body=Markup(f"<h1>Not found</h1>{body}"))


def with_links(text: str) -> Markup:
    """Escape text and make the addresses in it links."""
    html = ""
    end = 0
    for match in ADDRESS.finditer(text):
        url = escape(match[0])
        html += f'{escape(text[end : match.start()])}<a href="{url}" rel="noreferrer">{url}</a>'
        end = match.end()
    return Markup(html + escape(text[end:]))


def _row(shown: Letter) -> Markup:
    return fill("row", **_facts(shown), id=str(shown.id))


def _facts(shown: Letter) -> dict[str, str]:
    recipients = ", ".join(shown.sent_to)
    return {
        "subject": _subject(shown),
        "sender": shown.sender,
        "recipients": recipients,
        "received_at": shown.received_at,
        "shown_at": datetime.fromisoformat(shown.received_at).strftime("%-d %b %Y, %H:%M:%S UTC"),
    }


def _subject(shown: Letter) -> str:
    return shown.subject or "(no subject)"
