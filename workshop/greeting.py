"""What `./dev up` says when everything runs: who may sign in, and where their mail arrives."""

import json
from typing import TypedDict
from urllib.parse import urlsplit

from workshop import environment
from workshop.children import ROOT
from workshop.places import DATA, LOGS

DEMO_FILE = DATA / "demo.json"


class Person(TypedDict):
    """Somebody of the demo, as `manage.py load_demo` writes them to .dev/demo.json."""

    kind: str
    url: str
    email: str
    password: str
    code: bool


def greet(settings: dict[str, str]) -> None:
    """Print who may sign in where, and where their mail arrives."""
    print()
    if DEMO_FILE.exists():
        people: list[Person] = json.loads(DEMO_FILE.read_text())["people"]
        for person in people:
            print(invitation(person, settings))
    else:
        print(f"Open {environment.site_url(settings)}")
    if mailbox := settings.get("MAILBOX_URL"):
        print(f"Mail arrives at {mailbox}/")
    print(f"Ctrl-C stops everything. Logs are in {LOGS.relative_to(ROOT)}/", flush=True)


def invitation(person: Person, settings: dict[str, str]) -> str:
    # The port may have been another when the demo was loaded.
    url = urlsplit(person["url"])._replace(
        netloc=f"{urlsplit(person['url']).hostname}:{settings['SITE_PORT']}"
    )
    code = f", code from ./dev code {person['email']}" if person["code"] else ""
    return f"Sign in at {url.geturl()} as {person['email']} with {person['password']}{code}"
