"""Keeping the processes of an instance alive, and stopping them in order."""

import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workshop import children, servers
from workshop.children import Process
from workshop.places import LOGS
from workshop.servers import ServerDied
from workshop.steps import tail
from workshop.telling import say

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
# A process that lived this long did not fail at its start: its next pause is short again.
HEALTHY_SECONDS = 60.0
POLL_SECONDS = 0.2
TAIL_LINES = 8


@dataclass
class Post:
    """A process that is always to run."""

    name: str
    command: list[str | Path]
    environment: Mapping[str, str]
    process: Process | None = None
    started_at: float = 0.0
    log_start: int = 0
    pause_seconds: float = FIRST_PAUSE_SECONDS
    restart_at: float | None = None

    @property
    def log(self) -> Path:
        return LOGS / f"{self.name}.log"

    @property
    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def start(self) -> None:
        self.restart_at = None
        self.started_at = time.monotonic()
        self.log_start = self.log.stat().st_size if self.log.exists() else 0
        self.process = children.start(self.command, log=self.log, environment=self.environment)

    def look(self) -> None:
        """Start the process again when it has ended; the pause before doubles each time."""
        now = time.monotonic()
        if self.restart_at is not None:
            if now >= self.restart_at:
                self.start()
        elif self.process and self.has_ended:
            self.bury(self.process, now)

    def bury(self, process: Process, now: float) -> None:
        children.end_group(process)
        if now - self.started_at > HEALTHY_SECONDS:
            self.pause_seconds = FIRST_PAUSE_SECONDS
        last_words = tail(self.log, TAIL_LINES, after_byte=self.log_start)
        say(
            f"{self.name} ended with status {process.returncode}, and starts again in"
            f" {self.pause_seconds:.0f} s:\n{last_words}"
        )
        self.restart_at = now + self.pause_seconds
        self.pause_seconds = min(2 * self.pause_seconds, LONGEST_PAUSE_SECONDS)


@dataclass
class Crew:
    """Everything that runs. Servers come first and go last; without one the rest has no work."""

    servers: dict[str, Process] = field(default_factory=dict)
    sandboxes: list[Post] = field(default_factory=list)
    product: list[Post] = field(default_factory=list)

    def keep(self) -> None:
        """Look after everything until a server ends. Raises ServerDied."""
        while True:
            for name, server in self.servers.items():
                if server.poll() is not None:
                    raise ServerDied(f"{name} ended with status {server.returncode}; see .dev/logs")
            self.look()
            time.sleep(POLL_SECONDS)

    def look(self) -> None:
        for post in [*self.sandboxes, *self.product]:
            post.look()

    def stop(self) -> None:
        """Stop the product, then what it talks to. Nothing of it can be interrupted."""
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.SIG_IGN)
        for posts in (self.product, self.sandboxes):
            children.stop(*(post.process for post in posts if post.process))
        for server in reversed(self.servers.values()):
            servers.stop(server)
