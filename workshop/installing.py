"""Installing the Python packages: a virtual environment, uv into it, `uv sync --frozen`."""

import fcntl
import hashlib
import importlib.util
import os
import sys
from pathlib import Path

from workshop import steps
from workshop.children import ROOT
from workshop.places import DATA, PYTHON, VENV, Missing, make_data_folder
from workshop.telling import say

UV = "uv>=0.9"
STAMP = VENV / ".installed"


def install_packages() -> None:
    """Bring .venv to what uv.lock says; nothing to do is done at once.

    Raises Missing or StepFailed.
    """
    make_data_folder()
    with (DATA / "installing.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = fingerprint()
        if PYTHON.exists() and STAMP.exists() and STAMP.read_text() == wanted:
            return
        uv = install_uv()
        say("Installing the Python packages into .venv")
        # --compile-bytecode: otherwise the first start pays for it, in each process at once.
        steps.run(
            "uv sync",
            [uv, "sync", "--frozen", "--compile-bytecode", "--python", sys.executable],
            environment=uv_environment(),
        )
        STAMP.write_text(wanted)


def fingerprint() -> str:
    """Name what .venv is made from; the folder is part of it, for it lies inside the scripts."""
    made_from = [(ROOT / name).read_bytes() for name in ("uv.lock", "pyproject.toml")]
    return hashlib.sha256(b"\0".join([*made_from, str(ROOT).encode()])).hexdigest()


def uv_environment() -> dict[str, str]:
    settings = {"UV_PROJECT_ENVIRONMENT": str(VENV), "UV_PYTHON_DOWNLOADS": "never"}
    if not os.access(Path.home(), os.W_OK):
        settings["UV_CACHE_DIR"] = str(DATA / "uv-cache")
    return steps.clean_environment() | settings


def install_uv() -> Path:
    """Return uv, in a virtual environment of its own."""
    folder = DATA / "uv"
    uv = folder / "bin" / "uv"
    if uv.exists():
        return uv
    if not importlib.util.find_spec("ensurepip"):
        raise Missing(
            f"This Python ({sys.executable}) cannot make virtual environments."
            f" Debian: apt-get install python3.{sys.version_info.minor}-venv"
        )
    say("Installing uv into .dev/uv")
    environment = steps.clean_environment()
    steps.run("venv", [sys.executable, "-m", "venv", "--clear", folder], environment=environment)
    pip: list[str | Path] = [folder / "bin" / "python", "-m", "pip", "install"]
    steps.run("pip install", [*pip, UV], environment=environment)
    return uv
