"""Everything a run starts: servers, stand-ins and the product, on free ports of loopback."""

import http.client
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg import sql

from chaos.parts import Part
from chaos.planning import CARRIER_HABITS
from workshop import servers
from workshop.children import ROOT, Process
from workshop.steps import clean_environment

DATABASE = "numberyard"
PLATFORM_HOST = "numberyard.localhost"
WEBHOOK_SECRET = "whsec_sandbox"
# How many times faster than in production every lease and wait runs out.
PACE = 30
SWEEP_SECONDS = 1
NUMBERS = 4000
START_TIMEOUT_SECONDS = 60
POLL_SECONDS = 0.1
PORTS = ["postgres", "valkey", "web", "web-crashing", "carrier", "payments", "mailbox", "smtp"]


class NotStarted(Exception):
    """A process did not come up. The message is the end of its log."""


class House:
    """The running platform as somebody with access to its machines sees it."""

    def __init__(self, folder: Path, *, seed: int) -> None:
        self.folder = folder
        self.seed = seed
        self.ports = {name: servers.free_port() for name in PORTS}
        self.logs = folder / "logs"
        self.logs.mkdir()
        self.environment = clean_environment() | self._settings()
        self.http = httpx.Client(
            timeout=60, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )
        self.postgres: Process | None = None
        self.valkey: Process | None = None
        self.sandboxes = {part.name: part for part in self._sandboxes()}
        self.product = {part.name: part for part in self._product()}

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def database_url(self, login: str = "postgres") -> str:
        return f"postgresql://{login}@127.0.0.1:{self.ports['postgres']}/{DATABASE}"

    def _settings(self) -> dict[str, str]:
        return {
            "SECRET_KEY": f"chaos-{self.seed}-" + 50 * "x",
            "DATABASE_URL": self.database_url("app"),
            "OWNER_DATABASE_URL": self.database_url("owner"),
            "REDIS_URL": f"redis://127.0.0.1:{self.ports['valkey']}/0",
            "PLATFORM_HOST": PLATFORM_HOST,
            "SITE_SCHEME": "http",
            "SITE_PORT": str(self.ports["web"]),
            "EMAIL_URL": f"smtp://127.0.0.1:{self.ports['smtp']}",
            "STRIPE_SECRET_KEY": "sk_test_sandbox",
            "STRIPE_API_BASE": self.url("payments"),
            "STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
            "SANDBOX_CARRIER_URL": self.url("carrier"),
            "WORK_PACE": str(PACE),
            "SWEEP_SECONDS": str(SWEEP_SECONDS),
            "PYTHONUNBUFFERED": "1",
        }

    def _part(self, name: str, *words: object) -> Part:
        command = [sys.executable, "-m", *map(str, words)]
        return Part(name, command, environment=self.environment, logs=self.logs)

    def _sandboxes(self) -> list[Part]:
        return [
            self._part(
                *("carrier", "sandbox.carrier", "--port", self.ports["carrier"]),
                *("--data", self.folder / "carrier.sqlite3"),
                *("--seed", self.seed, "--numbers", NUMBERS),
            ),
            self._part(
                *("payments", "sandbox.payments", "--port", self.ports["payments"]),
                *("--data", self.folder / "payments.sqlite3"),
                *("--webhook-url", f"{self.url('web')}/webhooks/stripe/"),
                *("--webhook-host", f"{PLATFORM_HOST}:{self.ports['web']}"),
                *("--webhook-secret", WEBHOOK_SECRET),
            ),
            self._part(
                *("mailbox", "sandbox.mailbox", "--port", self.ports["mailbox"]),
                *("--smtp-port", self.ports["smtp"], "--data", self.folder / "mailbox.sqlite3"),
            ),
        ]

    def _product(self) -> list[Part]:
        worker = ("celery", "-A", "config", "worker", "--loglevel", "WARNING")
        quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
        beat = ("celery", "-A", "config", "beat", "--loglevel", "WARNING", "-s")
        return [
            self._web("web", workers=2),
            self._web("web-crashing", workers=1),
            self._part("worker-1", *worker, *quiet, "-n", "one@%h", "--concurrency", 2),
            self._part("worker-2", *worker, *quiet, "-n", "two@%h", "--concurrency", 1),
            # Without a pool, so that a crash point ends the process we started.
            self._part("worker-crashing", *worker, *quiet, "-n", "three@%h", "--pool", "solo"),
            self._part("beat-1", *beat, self.folder / "beat-1", "--pidfile", ""),
            self._part("beat-2", *beat, self.folder / "beat-2", "--pidfile", ""),
        ]

    def _web(self, name: str, *, workers: int) -> Part:
        config = ("--config", "config/gunicorn.py", "--bind", f"127.0.0.1:{self.ports[name]}")
        return self._part(name, "gunicorn", "config.wsgi", *config, "--workers", workers)

    def start_servers(self) -> None:
        self.start_postgres()
        self.start_valkey()
        with psycopg.connect(self.database_url_of("postgres"), autocommit=True) as server:
            server.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
        with psycopg.connect(self.database_url(), autocommit=True) as server:
            server.execute((ROOT / "config/logins.sql").read_bytes())

    def database_url_of(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.ports['postgres']}/{database}"

    def start_postgres(self) -> None:
        self.postgres = servers.start_postgres(
            self.folder / "postgres", self.ports["postgres"], throwaway=True
        )

    def crash_postgres(self) -> None:
        """Stop it as `pg_ctl stop -m immediate` does: without writing anything down."""
        if self.postgres:
            self.postgres.send_signal(signal.SIGQUIT)
            self.postgres.wait()

    def start_valkey(self) -> None:
        self.valkey = servers.start_valkey(self.folder / "valkey", self.ports["valkey"])

    def stop_valkey(self) -> None:
        if self.valkey:
            servers.stop(self.valkey)

    def start_sandboxes(self) -> None:
        for name in self.sandboxes:
            self.start_sandbox(name)
        self.tell("carrier", "/sandbox/speed", **CARRIER_HABITS)

    def start_sandbox(self, name: str) -> None:
        part = self.sandboxes[name]
        part.start()
        assert part.process
        servers.wait_until_port_answers(part.process, self.ports[name], part.log)

    def start_product(self) -> None:
        for part in self.product.values():
            part.start()
        self.wait_for_web()

    def wait_for_web(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not self.is_serving("web"):
            self._refuse_dead(self.product["web"], deadline)
            time.sleep(POLL_SECONDS)

    def is_serving(self, name: str) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[name], timeout=10)
        try:
            connection.request("GET", "/healthz", headers={"Host": PLATFORM_HOST})
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _refuse_dead(self, part: Part, deadline: float) -> None:
        if not part.is_running or time.monotonic() > deadline:
            raise NotStarted(f"{part.name}: {part.log.read_text(errors='replace')[-3000:]}")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a Python module to its end, as the owner of the database."""
        return subprocess.run(
            [sys.executable, *words],
            check=False,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=self.environment | {"DATABASE_LOGIN": "owner"},
        )

    def wake(self, task: str) -> None:
        """Send a worker the wake-up that beat sends too seldom for a run."""
        sent = self.run("-m", "celery", "-A", "config", "call", task)
        if sent.returncode:
            raise NotStarted(f"{task}: {sent.stderr[-3000:]}")

    def tell(self, sandbox: str, path: str, **wish: object) -> None:
        self.http.post(f"{self.url(sandbox)}{path}", json=wish).raise_for_status()

    def ask(self, sandbox: str, path: str) -> dict[str, list[dict[str, Any]]]:
        answer = self.http.get(f"{self.url(sandbox)}{path}").raise_for_status()
        told: dict[str, list[dict[str, Any]]] = json.loads(answer.text)
        return told

    def stop_product(self) -> None:
        for part in self.product.values():
            part.stop()

    def stop(self) -> None:
        for part in [*self.product.values(), *self.sandboxes.values()]:
            part.kill()
        for server in (self.valkey, self.postgres):
            if server:
                servers.stop(server)
