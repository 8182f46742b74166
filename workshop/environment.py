"""What the processes of a running instance are told, and where it is written for the others."""

import json
import os
import secrets
from pathlib import Path
from typing import TypedDict

from workshop.places import DATA
from workshop.servers import free_port
from workshop.steps import clean_environment
from workshop.telling import say

USUAL_PORTS = {
    "web": 8000,
    "postgres": 54320,
    "valkey": 63790,
    "carrier": 8701,
    "payments": 8702,
    "smtp": 8703,
    "mailbox": 8704,
}
PLATFORM_HOST = "numberyard.localhost"
DATABASE = "numberyard"
WEBHOOK_SECRET = "whsec_sandbox"
RUN_FILE = DATA / "run.json"
# What a caller may bring beside the settings that are ours otherwise.
BROUGHT = ("DATABASE_URL", "OWNER_DATABASE_URL", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS")
ONLY_OURS = 0o600


class Run(TypedDict):
    """The running instance, as .dev/run.json tells the other commands."""

    process: int
    site: str
    ports: dict[str, int]
    environment: dict[str, str]


def choose_ports() -> dict[str, int]:
    """Return a port for each process: the usual one where it is free."""
    ports = {name: free_port(usual) for name, usual in USUAL_PORTS.items()}
    for name, usual in USUAL_PORTS.items():
        if ports[name] != usual:
            say(f"Port {usual} is taken: {name} is on {ports[name]}")
    return ports


def is_given(name: str) -> bool:
    """Tell whether the caller brought a part of their own, which then is not started here."""
    return bool(os.environ.get(name))


def product_environment(ports: dict[str, int]) -> dict[str, str]:
    """Return the settings of this instance; what the caller has set already stays theirs."""
    server = f"127.0.0.1:{ports['postgres']}/{DATABASE}"
    ours = {
        "SECRET_KEY": secret_key(),
        "NUMBERYARD_DEMO": "1",
        "LOG_JSON": "false",
        "PLATFORM_HOST": PLATFORM_HOST,
        "SITE_SCHEME": "http",
        "SITE_PORT": str(ports["web"]),
        "REDIS_URL": f"redis://127.0.0.1:{ports['valkey']}/0",
        "EMAIL_URL": f"smtp://127.0.0.1:{ports['smtp']}",
        "SANDBOX_CARRIER_URL": f"http://127.0.0.1:{ports['carrier']}",
    }
    if not is_given("DATABASE_URL"):
        ours["DATABASE_URL"] = f"postgresql://app@{server}"
        ours["OWNER_DATABASE_URL"] = f"postgresql://owner@{server}"
    if not is_given("STRIPE_SECRET_KEY"):
        ours["STRIPE_API_BASE"] = f"http://127.0.0.1:{ports['payments']}"
        ours["STRIPE_WEBHOOK_SECRETS"] = WEBHOOK_SECRET
    if not is_given("EMAIL_URL"):
        ours["MAILBOX_URL"] = f"http://127.0.0.1:{ports['mailbox']}"
    return ours | {name: os.environ[name] for name in (*ours, *BROUGHT) if is_given(name)}


def site_url(environment: dict[str, str]) -> str:
    host, port = environment["PLATFORM_HOST"], environment["SITE_PORT"]
    return f"{environment['SITE_SCHEME']}://{host}:{port}/"


def for_children(environment: dict[str, str]) -> dict[str, str]:
    """Return the whole environment of a process of this instance."""
    return clean_environment() | environment | {"PYTHONUNBUFFERED": "1"}


def secret_key() -> str:
    """Return the key of this checkout: who is signed in stays so over a restart."""
    path = DATA / "secret-key"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(50))
    return path.read_text()


def write_run(ports: dict[str, int], environment: dict[str, str]) -> None:
    run: Run = {
        "process": os.getpid(),
        "site": site_url(environment),
        "ports": ports,
        "environment": environment,
    }
    write_private(RUN_FILE, json.dumps(run, indent=2))


def read_run() -> Run | None:
    """Return what was written by the last `./dev up`, if it did not end in order."""
    if not RUN_FILE.exists():
        return None
    run: Run = json.loads(RUN_FILE.read_text())
    return run


def write_private(path: Path, text: str) -> None:
    """Write a file nobody else may read, complete or not at all."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.touch(mode=ONLY_OURS)
    unfinished.write_text(text)
    unfinished.rename(path)
