"""Running one command to its end, its output in a log that is shown when it fails."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from workshop import children
from workshop.children import Process
from workshop.places import LOGS, PYTHON
from workshop.telling import say

POLL_SECONDS = 0.1
TAIL_LINES = 30


class StepFailed(Exception):
    """A command ended badly. The message is its name and the end of what it printed."""


def run(
    name: str,
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    is_told: bool = False,
) -> None:
    """Run the command and wait for it; if told, its lines are news. Raises StepFailed."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name.replace(' ', '-')}.log"
    log.unlink(missing_ok=True)
    process = children.start(command, log=log, environment=environment)
    try:
        if is_told:
            tell_lines(process, log)
        status = process.wait()
    finally:
        children.stop(process)
    if status != 0:
        last_words = "" if is_told else f"\n{tail(log)}"
        raise StepFailed(f"{name} failed with exit status {status}.{last_words}")


def tell_lines(process: Process, log: Path) -> None:
    with log.open() as written:
        while process.poll() is None:
            for line in written:
                say(line.rstrip())
            time.sleep(POLL_SECONDS)


def manage(*arguments: str, environment: Mapping[str, str], is_told: bool = False) -> None:
    """Run a command of manage.py. Raises StepFailed."""
    command: list[str | Path] = [PYTHON, "manage.py", *arguments]
    run(f"manage.py {arguments[0]}", command, environment=environment, is_told=is_told)


def run_in_foreground(arguments: Sequence[str], *, environment: Mapping[str, str]) -> int:
    """Run Python with our terminal and return the exit status. Ctrl-C is for the child alone."""
    # Not SIG_IGN, which the child would inherit.
    signal.signal(signal.SIGINT, lambda number, frame: None)
    return subprocess.run(
        [PYTHON, *arguments],
        check=False,
        cwd=children.ROOT,
        env=environment,
        preexec_fn=children.end_with_parent(signal.SIGINT),
    ).returncode


def tail(log: Path, lines: int = TAIL_LINES, *, after_byte: int = 0) -> str:
    """Return the log's last lines, indented."""
    written = log.read_bytes()[after_byte:].decode(errors="replace").rstrip().splitlines()
    return "\n".join(f"    {line}" for line in written[-lines:])


def clean_environment() -> dict[str, str]:
    """Return our environment without what belongs to another project, or slows Python down."""
    foreign = {
        *("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"),
        *("DJANGO_SETTINGS_MODULE", "DATABASE_LOGIN"),
    }
    return {name: value for name, value in os.environ.items() if name not in foreign}
