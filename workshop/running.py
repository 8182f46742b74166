"""`./dev up`: from nothing to the sign-ins, and back to nothing."""

import fcntl
import http
import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from functools import partial
from typing import IO

from workshop import children, environment, processes, servers, steps
from workshop.children import ROOT
from workshop.environment import DATABASE, RUN_FILE, is_given
from workshop.greeting import DEMO_FILE, greet
from workshop.installing import install_packages
from workshop.keeping import Crew, Post
from workshop.places import (
    DATA,
    LOGS,
    Missing,
    make_data_folder,
    postgres_binaries,
    server_data,
)
from workshop.processes import SANDBOX_DATA, SCHEDULES
from workshop.steps import StepFailed
from workshop.telling import say

ANSWER_TIMEOUT_SECONDS = 60
# What a killed instance left behind ends within the watchdog's grace.
LEFTOVERS_TIMEOUT_SECONDS = 15
POLL_SECONDS = 0.1


class RunningAlready(Exception):
    """This checkout runs. The message says where."""


class NotRunning(Exception):
    """The command needs a running instance, and there is none."""


def run(*, is_fresh: bool, with_demo: bool) -> None:
    """Start everything, say who may sign in, and keep it running until Ctrl-C.

    Raises RunningAlready, Missing, StepFailed or ServerDied.
    """
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.default_int_handler)
    lock = claim_checkout()
    children.watch(keep_open=[lock.fileno()])
    crew = Crew()
    try:
        start(crew, is_fresh=is_fresh, with_demo=with_demo)
        crew.keep()
    except KeyboardInterrupt:
        print(flush=True)
        say("Stopping")
    finally:
        crew.stop()
        RUN_FILE.unlink(missing_ok=True)
    say("Everything has stopped; the data is kept for the next ./dev up")


def claim_checkout() -> IO[str]:
    """Take this checkout's lock, which ends with us however we end. Raises RunningAlready.

    Our watchdog holds it too, so that what a killed instance left has ended when we get it.
    """
    make_data_folder()
    lock = (DATA / "up.lock").open("a+")
    deadline = time.monotonic() + LEFTOVERS_TIMEOUT_SECONDS
    while not is_taken(lock):
        lock.seek(0)
        owner = int(lock.read() or 0)
        if children.name_of(owner) or time.monotonic() > deadline:
            run = environment.read_run()
            where = run["site"] if run else "is starting"
            raise RunningAlready(f"This checkout runs already: {where} (process {owner})")
        time.sleep(POLL_SECONDS)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def is_taken(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def settings_of_running() -> dict[str, str]:
    """Return the settings of the instance that runs here. Raises NotRunning."""
    run = environment.read_run()
    if run is None or not children.name_of(run["process"]):
        raise NotRunning("Nothing runs here. Start it first: ./dev up")
    return run["environment"]


def start(crew: Crew, *, is_fresh: bool, with_demo: bool) -> None:
    install_packages()
    say("Python packages are in .venv")
    if is_fresh:
        drop_data()
    for folder in (LOGS, SANDBOX_DATA, SCHEDULES):
        folder.mkdir(parents=True, exist_ok=True)
    ports = environment.choose_ports()
    settings = environment.product_environment(ports)
    environment.write_run(ports, settings)
    start_servers(crew, ports)
    crew.sandboxes = processes.sandboxes(ports, settings)
    start_posts(crew.sandboxes)
    whole = environment.for_children(settings)
    steps.manage("migrate_schemas", environment=whole)
    say("Every schema is migrated")
    for post in crew.sandboxes:
        wait_until_answers(post, partial(is_listening, ports[post.name]))
    if with_demo and not DEMO_FILE.exists():
        load_demo(whole)
    crew.product = processes.product(ports, settings)
    start_posts(crew.product)
    wait_until_answers(
        crew.product[0], partial(is_serving, ports["web"], settings["PLATFORM_HOST"])
    )
    say(f"{environment.site_url(settings)} answers")
    greet(settings)


def drop_data() -> None:
    """Forget everything but the installed packages. Raises Missing for a database not ours."""
    if is_given("DATABASE_URL"):
        raise Missing("--fresh cannot empty the database of DATABASE_URL; that is for you to do.")
    for folder in (server_data() / "postgres", DATA / "valkey", SANDBOX_DATA, SCHEDULES):
        shutil.rmtree(folder, ignore_errors=True)
    DEMO_FILE.unlink(missing_ok=True)
    say("The data of earlier runs is gone")


def start_servers(crew: Crew, ports: dict[str, int]) -> None:
    if not is_given("DATABASE_URL"):
        data = server_data() / "postgres"
        crew.servers["postgres"] = servers.start_postgres(data, ports["postgres"])
        make_database(ports["postgres"])
        say(f"PostgreSQL is on port {ports['postgres']}, its data in {data}")
    if not is_given("REDIS_URL"):
        crew.servers["valkey"] = servers.start_valkey(DATA / "valkey", ports["valkey"])
        say(f"Valkey is on port {ports['valkey']}")


def make_database(port: int) -> None:
    """Make what config/logins.sql needs and then run it, each time: it is repeatable."""
    known = ask_postgres(port, "postgres", "--command", "SELECT datname FROM pg_database")
    if DATABASE not in known.split():
        ask_postgres(port, "postgres", "--command", f"CREATE DATABASE {DATABASE}")
        DEMO_FILE.unlink(missing_ok=True)
    ask_postgres(port, DATABASE, "--file", str(ROOT / "config" / "logins.sql"))


def ask_postgres(port: int, database: str, *arguments: str) -> str:
    options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]
    server = ["--host=127.0.0.1", f"--port={port}", "--username=postgres", database]
    psql = postgres_binaries() / "psql"
    return subprocess.check_output([psql, *options, *arguments, *server], text=True)


def load_demo(whole: dict[str, str]) -> None:
    say("Loading the demo: tenants, people, and a stock of 200,000 numbers")
    people_file = ("--people-file", str(DEMO_FILE))
    steps.manage("load_demo", *people_file, environment=whole, is_told=True)


def start_posts(posts: list[Post]) -> None:
    for post in posts:
        post.log.unlink(missing_ok=True)
        post.start()
    say(f"Started: {', '.join(post.name for post in posts)}")


def wait_until_answers(post: Post, is_answering: Callable[[], bool]) -> None:
    """Return when the process answers. Raises StepFailed if it ends, or takes too long."""
    deadline = time.monotonic() + ANSWER_TIMEOUT_SECONDS
    while not is_answering():
        if post.has_ended or time.monotonic() > deadline:
            raise StepFailed(f"{post.name} does not answer. Its log:\n{steps.tail(post.log)}")
        time.sleep(POLL_SECONDS)


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), ANSWER_TIMEOUT_SECONDS).close()
    except OSError:
        return False
    return True


def is_serving(port: int, host: str) -> bool:
    """Tell whether the web process reaches its database and says so."""
    # Nothing of ours resolves a .localhost name: we connect to the address and say the host.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/healthz", headers={"Host": f"{host}:{port}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
