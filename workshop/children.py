"""Starting processes that never outlive us, not even when we are killed.

Linux tells each child that its parent died. Grandchildren, such as Celery's pool, hear nothing of
it; so the watchdog, a process of its own, learns of every process group and ends those it finds
alone.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>
GRACE_SECONDS = 10
POLL_SECONDS = 0.05
ROOT = Path(__file__).resolve().parent.parent

Process = subprocess.Popen[bytes]
libc = ctypes.CDLL(None)


class Account(TypedDict, total=False):
    """Whom to run a child as, as subprocess wants it; empty for ourselves."""

    user: int
    group: int
    extra_groups: list[int]


class Watchdog:
    """The process that outlives us by a moment, and ends what we leave behind."""

    def __init__(self, keep_open: Sequence[int] = ()) -> None:
        """Start it. It keeps the descriptors of `keep_open` until everything has ended."""
        self.owner = os.getpid()
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", Path(__file__).with_name("watchdog.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            # What ends the others (Ctrl-C, a kill of the whole group) must not end it.
            start_new_session=True,
            pass_fds=keep_open,
        )

    def tell(self, line: str) -> None:
        pipe = self.process.stdin
        if pipe and self.process.poll() is None:
            pipe.write(f"{line}\n".encode())
            pipe.flush()


_watchdogs: list[Watchdog] = []


def watch(keep_open: Sequence[int] = ()) -> Watchdog:
    """Return this process's watchdog; a fork of it, such as a pool's, gets its own."""
    if not _watchdogs or _watchdogs[-1].owner != os.getpid():
        _watchdogs.append(Watchdog(keep_open))
    return _watchdogs[-1]


def start(
    command: Iterable[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path = ROOT,
    stop_signal: signal.Signals = signal.SIGTERM,
    account: Account | None = None,
) -> Process:
    """Start a child in a session of its own: Ctrl-C is for us, and we stop it in our order."""
    watchdog = watch()
    with log.open("ab") as output:
        child = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=folder,
            start_new_session=True,
            preexec_fn=end_with_parent(stop_signal),
            **(account or {}),
        )
    watchdog.tell(f"{child.pid} {stop_signal.value}")
    return child


def end_with_parent(stop_signal: signal.Signals) -> Callable[[], None]:
    """Return what a child does first: ask Linux for a signal when its parent ends."""
    parent = os.getpid()

    def ask() -> None:
        if sys.platform == "linux":
            libc.prctl(PR_SET_PDEATHSIG, stop_signal.value)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def stop(
    *children: Process,
    with_signal: signal.Signals = signal.SIGTERM,
    grace_seconds: float = GRACE_SECONDS,
) -> None:
    """End the children, all at once and politely; after the grace, those that are left."""
    for child in children:
        if child.poll() is None:
            child.send_signal(with_signal)
    deadline = time.monotonic() + grace_seconds
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0, deadline - time.monotonic()))
        end_group(child)


def end_group(child: Process) -> None:
    """Kill whatever is left of the child's process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    watch().tell(f"{child.pid} gone")


def name_of(process: int) -> str:
    """Return the name of a living process, or nothing; a zombie does not live."""
    status = Path(f"/proc/{process}/stat")
    try:
        text = status.read_text() if Path("/proc/self").exists() else status_by_ps(process)
    except (FileNotFoundError, ProcessLookupError):
        return ""
    name, _, rest = text.partition("(")[2].rpartition(")")
    return "" if rest.split()[0] in "ZX" else name


def status_by_ps(process: int) -> str:
    """Return `PID (name) state` where there is no /proc, as on macOS."""
    listing = subprocess.run(
        ["ps", "-o", "stat=,ucomm=", "-p", str(process)],
        check=False,
        capture_output=True,
        text=True,
    ).stdout.split()
    return f"{process} ({listing[1]}) {listing[0][0]}" if listing else f"{process} () X"
