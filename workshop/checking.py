"""`./dev check`: everything that can be said about the code without running it."""

import os
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from workshop import children
from workshop.children import ROOT, Process
from workshop.installing import install_packages
from workshop.places import LOGS, PYTHON, VENV
from workshop.steps import clean_environment, tail
from workshop.telling import say

BIN = VENV / "bin"
POLL_SECONDS = 0.05
SHOWN_LINES = 60
# Nobody listens there: no step needs a database, and none may find one by chance.
NO_DATABASE = "postgresql://app@127.0.0.1:1/none"


@dataclass
class Check:
    name: str
    command: list[str | Path]

    @property
    def log(self) -> Path:
        return LOGS / f"check-{self.name.replace(' ', '-')}.log"


def checks() -> list[Check]:
    """Return every check, the slowest first."""
    manage: list[str | Path] = [PYTHON, "-W", "ignore", "manage.py"]
    templates = [p.relative_to(ROOT) for p in sorted((ROOT / "templates").rglob("*.html"))]
    return [
        Check("mypy", [BIN / "mypy", ".", "dev"]),
        Check("deployment", [*manage, "check", "--deploy", "--fail-level", "WARNING"]),
        Check("migrations", [*manage, "makemigrations", "--check", "--dry-run"]),
        Check("layers", [BIN / "lint-imports"]),
        Check("format", [BIN / "ruff", "format", "--check", ".", "dev"]),
        Check("lint", [BIN / "ruff", "check", ".", "dev"]),
        Check("templates", [BIN / "djade", "--check", "--target-version", "5.2", *templates]),
    ]


def run_checks() -> bool:
    """Run every check, as many at once as there are processors, and tell whether all are clean."""
    install_packages()
    LOGS.mkdir(parents=True, exist_ok=True)
    failed = [check for check, status in outcomes(checks()) if status != 0]
    for check in failed:
        print(f"\n{check.name}:\n{tail(check.log, SHOWN_LINES)}", flush=True)
    return not failed


def outcomes(waiting: list[Check]) -> Iterator[tuple[Check, int]]:
    """Yield each check with its exit status when it has ended."""
    environment = production_environment()
    running: list[tuple[Check, Process, float]] = []
    while waiting or running:
        while waiting and len(running) < (os.cpu_count() or 1):
            running.append(begin(waiting.pop(0), environment))
        time.sleep(POLL_SECONDS)
        for ended in [one for one in running if one[1].poll() is not None]:
            running.remove(ended)
            check, process, began = ended
            children.end_group(process)
            verdict = "clean" if process.returncode == 0 else "NOT CLEAN"
            say(f"{check.name:<11} {verdict} after {time.monotonic() - began:.1f} s")
            yield check, process.returncode


def begin(check: Check, environment: Mapping[str, str]) -> tuple[Check, Process, float]:
    check.log.unlink(missing_ok=True)
    process = children.start(check.command, log=check.log, environment=environment)
    return check, process, time.monotonic()


def production_environment() -> dict[str, str]:
    """Return settings like a server's, so that `check --deploy` judges what a server runs."""
    return clean_environment() | {
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "PLATFORM_HOST": "numberyard.example",
        "SITE_SCHEME": "https",
        "SITE_PORT": "",
        "DATABASE_URL": NO_DATABASE,
        "OWNER_DATABASE_URL": NO_DATABASE,
    }
