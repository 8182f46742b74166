"""The processes of a run, which may be killed at any moment and started again."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from workshop import children
from workshop.children import Process


class Part:
    """A process of the product or one of its stand-ins, with its own log and environment."""

    def __init__(
        self, name: str, command: list[str], *, environment: Mapping[str, str], logs: Path
    ) -> None:
        self.name = name
        self.command = command
        self.environment = dict(environment)
        self.log = logs / f"{name}.log"
        self.process: Process | None = None

    def start(self, **more: str) -> None:
        """Start it, with `more` in its environment this one time."""
        self.process = children.start(
            self.command, log=self.log, environment=self.environment | more
        )

    @property
    def status(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        return self.process.poll() if self.process else None

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """`kill -9`, to it and to all of its children at once."""
        if self.process:
            children.end_group(self.process)

    def kill_child(self, choice: float) -> bool:
        """`kill -9` to one of its children, chosen by a number from 0 to 1."""
        if not self.is_running or not self.process:
            return False
        pool = child_ids(self.process.pid)
        if not pool:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pool[int(choice * len(pool)) % len(pool)], signal.SIGKILL)
        return True

    def stop(self) -> None:
        if self.process:
            children.stop(self.process, grace_seconds=5)


def child_ids(parent: int) -> list[int]:
    """Return the process ids of the children of `parent`, oldest first."""
    listing = Path(f"/proc/{parent}/task/{parent}/children")
    if listing.exists():
        return [int(word) for word in listing.read_text().split()]
    table = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], check=True, capture_output=True, text=True
    ).stdout
    rows = [line.split() for line in table.splitlines()]
    return sorted(int(child) for child, owner in rows if int(owner) == parent)
