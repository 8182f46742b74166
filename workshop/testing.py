"""`./dev test`: what CI runs. The tests start servers of their own (tests/conftest.py)."""

import ctypes.util
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from workshop.checking import run_checks
from workshop.installing import install_packages
from workshop.steps import clean_environment, run_in_foreground
from workshop.telling import complain, say

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ON_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


@dataclass(frozen=True)
class SystemPart:
    """Something only the system has."""

    name: str
    packages: tuple[str, ...]
    is_there: Callable[[], bool]

    @property
    def command(self) -> str:
        return f"apt-get install --yes {' '.join(self.packages)}"


def chromium() -> str | None:
    """Return the browser's path: CHROMIUM if set, else one in PATH."""
    if given := os.environ.get("CHROMIUM"):
        return given
    found = (shutil.which(name) for name in (*CHROMIUM_NAMES, CHROMIUM_ON_MACOS))
    return next(filter(None, found), None)


CHROMIUM = SystemPart("Chromium", ("chromium",), lambda: chromium() is not None)
PANGO = SystemPart(
    "Pango",
    ("libpango-1.0-0", "libpangoft2-1.0-0"),
    lambda: ctypes.util.find_library("pango-1.0") is not None,
)


def run_tests(arguments: list[str]) -> int:
    """Check, then test; return the exit status. The last line says what did not run."""
    install_packages()
    missing = install_missing_parts()
    if CHROMIUM in missing and os.environ.get("CI") == "true":
        complain(f"CI runs the browser tests, and there is no Chromium: {CHROMIUM.command}")
        return 1
    if not run_checks():
        return 1
    status = run_pytest(arguments, has_browser=CHROMIUM not in missing)
    say("The tests pass" if status == 0 else f"The tests fail (pytest's status {status})")
    for part in missing:
        what = "Browser tests were not run" if part is CHROMIUM else "PDFs cannot be made"
        print(f"{what}: {part.name} is missing. As root: {part.command}", flush=True)
    return status


def run_pytest(arguments: list[str], *, has_browser: bool) -> int:
    environment = clean_environment() | {"CHROMIUM": chromium() or ""}
    choice = [] if has_browser else ["-m", "not browser"]
    # A module stays on one worker: many start processes or fill a database once for all tests.
    by_module = ["--dist", "loadscope", "--no-loadscope-reorder"]
    command = ["-m", "pytest", "-n", "2", *by_module, *choice, *arguments]
    return run_in_foreground(command, environment=environment)


def install_missing_parts() -> list[SystemPart]:
    """Install what is missing where we may, as root with apt; return what is still missing."""
    missing = [part for part in (CHROMIUM, PANGO) if not part.is_there()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        packages = [package for part in missing for package in part.packages]
        say(f"Installing {', '.join(packages)} with apt-get")
        install_with_apt(packages)
    return [part for part in missing if not part.is_there()]


def install_with_apt(packages: list[str]) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    quiet = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    for command in (
        [*quiet, "update"],
        [*quiet, "install", "--yes", "--no-install-recommends", *packages],
    ):
        subprocess.run(command, check=False, env=environment, stdout=subprocess.DEVNULL)
