"""Real servers for the run, a database for each worker, and the people who appear in the tests."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django_tenants.utils import schema_context, tenant_context
from pytest_django.plugin import DjangoDbBlocker

from workshop import servers

# How xdist's workers, which inherit the environment, learn where the servers are.
POSTGRES_PORT = "TEST_POSTGRES_PORT"
TEMPLATE = "numberyard_template"
ROOT = Path(__file__).resolve().parent.parent
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
# One for all requests: a client begins by reading the machine's certificates, for 40 ms.
HTTP = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0))


def server_url(database: str, login: str = "postgres") -> str:
    return f"postgresql://{login}@127.0.0.1:{os.environ[POSTGRES_PORT]}/{database}"


def run_on_server(statement: str, database: str = "postgres") -> None:
    with psycopg.connect(server_url(database), autocommit=True) as server:
        server.execute(statement.encode())


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers and build the template once, in the process that starts the workers."""
    if not hasattr(config, "workerinput"):
        start_servers(config)
    # Settings are read before any conftest.py, so it is too late to set DATABASE_URL or REDIS_URL.
    django_settings.CACHES["default"]["LOCATION"] = cache_url()
    django_settings.CELERY_BROKER_URL = os.environ["REDIS_URL"]


def cache_url() -> str:
    """Return where this worker caches: apart from the broker and from what others clear."""
    return worker_url(1)


def broker_url() -> str:
    """Return a broker of this worker's own: no other's processes take its wake-ups."""
    return worker_url(2)


def worker_url(number: int) -> str:
    """Return one of the two Valkey databases, 1 or 2, that only this worker uses."""
    before = 2 * int(worker().removeprefix("gw") if worker() != "main" else 0)
    return f"{os.environ['REDIS_URL'].removesuffix('/0')}/{before + number}"


def start_servers(config: pytest.Config) -> None:
    folder = ExitStack()
    data = folder.enter_context(servers.throwaway_folder())
    config.add_cleanup(folder.close)
    postgres_port, valkey_port = servers.free_port(), servers.free_port()
    postgres = servers.start_postgres(data / "postgres", postgres_port, throwaway=True)
    config.add_cleanup(lambda: servers.stop(postgres))
    valkey = servers.start_valkey(data / "valkey", valkey_port)
    config.add_cleanup(lambda: servers.stop(valkey))
    os.environ[POSTGRES_PORT] = str(postgres_port)
    os.environ["REDIS_URL"] = f"redis://127.0.0.1:{valkey_port}/0"
    build_template()


def build_template() -> None:
    began = time.monotonic()
    run_on_server(f"create database {TEMPLATE}")
    run_on_server((ROOT / "config/logins.sql").read_text(), TEMPLATE)
    # A process of its own, because a database somebody is connected to cannot be copied.
    fill_as_owner(TEMPLATE)
    print(f"template built in {time.monotonic() - began:.1f} s")


def fill_as_owner(database: str, *tenants: str) -> None:
    """Build all tables in an empty database, or open tenants named SITE=NAME in one."""
    subprocess.run(
        [sys.executable, "-m", "tests.template", *tenants],
        check=True,
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_LOGIN": "owner",
            "DATABASE_URL": server_url(database, "app"),
            "OWNER_DATABASE_URL": server_url(database, "owner"),
        },
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse what would empty the public tables; design.md part 6."""
    for item in items:
        for mark in item.iter_markers("django_db"):
            if mark.kwargs.get("transaction"):
                raise pytest.UsageError(f"{item.nodeid}: use the fixture process_database.")
        if "live_server" in getattr(item, "fixturenames", ()):
            raise pytest.UsageError(f"{item.nodeid}: start the product's own processes.")


def use_copy(name: str) -> Iterator[str]:
    """Point Django at a fresh copy of the template, dropped afterwards."""
    run_on_server(f"create database {name} owner owner template {TEMPLATE} strategy file_copy")
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(
        HOST="127.0.0.1", PORT=os.environ[POSTGRES_PORT], USER="app", NAME=name
    )
    yield name
    connection.close()
    connection.settings_dict.update(before)
    run_on_server(f"drop database {name} with (force)")


def worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def django_db_setup() -> Iterator[str]:
    """Take the place of pytest-django's: a database for this worker's tests, each rolled back."""
    yield from use_copy(f"test_{worker()}")


@pytest.fixture(scope="module")
def process_database(django_db_setup: str, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Give a module that commits, because other processes must see its data, its own database."""
    with django_db_blocker.unblock():
        yield from use_copy(f"test_{worker()}_processes")


@pytest.fixture(autouse=True)
def in_public_schema() -> Iterator[None]:
    """Start and end each test outside every tenant."""
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    yield
    connection.set_schema_to_public()  # type: ignore[attr-defined]


@pytest.fixture
def at() -> datetime:
    return NOON


class SiteClient(Client):
    """A browser on one host. Leaves the schema selected in which the test works."""

    def __init__(self, host: str) -> None:
        super().__init__(headers={"host": host})
        self.host = host

    def request(self, **request: Any) -> Any:
        before = connection.tenant  # type: ignore[attr-defined]
        try:
            return super().request(**request)
        finally:
            connection.set_tenant(before)  # type: ignore[attr-defined]


def find_tenant(site: str) -> Any:
    from tenants.models import Host

    host = f"{site}.{django_settings.PLATFORM_HOST}"
    return Host.objects.select_related("tenant").get(domain=host).tenant


@pytest.fixture
def tenant(db: None) -> Iterator[Any]:
    """Acme, with its schema selected for the length of the test."""
    acme = find_tenant("acme")
    with tenant_context(acme):
        yield acme


@pytest.fixture
def other_tenant(db: None) -> Any:
    """Globex, which must never see anything of Acme's."""
    return find_tenant("globex")


def sign_in(tenant: Any, role: str, email: str) -> SiteClient:
    """Return the browser of a person of `tenant`, who is made if new, signed in on its host."""
    from people.models import Member
    from users.models import User

    client = SiteClient(tenant.get_primary_domain().domain)
    with tenant_context(tenant):
        user = User.objects.filter(email=email).first() or User.objects.create_user(email)
        Member.objects.get_or_create(user=user, defaults={"role": role, "joined_at": NOON})
        client.force_login(user)
    return client


def sign_in_staff(role: str, email: str) -> SiteClient:
    """Return the browser of a person of the platform, who has a second factor."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    from tenants.models import Staff
    from users.models import User

    client = SiteClient(django_settings.PLATFORM_HOST)
    with schema_context("public"):
        user = User.objects.create_user(email, name=email.partition("@")[0].title())
        Staff.objects.create(user=user, role=role, invited_at=NOON)
        TOTP.activate(user, generate_totp_secret())
        client.force_login(user)
    return client


@pytest.fixture
def admin(tenant: Any) -> SiteClient:
    """Ada's browser, an admin of Acme."""
    return sign_in(tenant, "admin", "ada@acme.example")


@pytest.fixture
def member(tenant: Any) -> SiteClient:
    """Max's browser, a member of Acme."""
    return sign_in(tenant, "member", "max@acme.example")


@pytest.fixture
def other_admin(other_tenant: Any) -> SiteClient:
    """Gil's browser, an admin of Globex."""
    return sign_in(other_tenant, "admin", "gil@globex.example")


@pytest.fixture
def operator(db: None) -> SiteClient:
    """Olga's browser, an operator of the platform."""
    return sign_in_staff("operator", "olga@numberyard.example")


@pytest.fixture
def support(db: None) -> SiteClient:
    """Sam's browser, of the platform's support staff."""
    return sign_in_staff("support", "sam@numberyard.example")


@pytest.fixture
def stranger(tenant: Any) -> SiteClient:
    """A browser on Acme's host that nobody has signed in with."""
    return SiteClient(tenant.get_primary_domain().domain)


@pytest.fixture
def actor() -> Any:
    """Ada, as records name her."""
    from lifecycle.actors import Actor, ActorKind

    return Actor(ActorKind.MEMBER, uuid4(), "Ada")


class Sandbox:
    """A stand-in's process as its owner sees it."""

    def __init__(self, ports: dict[str, int]) -> None:
        self.ports = ports
        self.url = f"http://127.0.0.1:{ports['port']}"

    def get(self, path: str, **params: Any) -> Any:
        return HTTP.get(f"{self.url}{path}", params=params).raise_for_status().json()

    def post(self, path: str, **body: Any) -> Any:
        return HTTP.post(f"{self.url}{path}", json=body).raise_for_status().json()


@pytest.fixture(scope="session")
def start_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Sandbox]]:
    """Start stand-ins that live as long as the run: start_sandbox("carrier", "--numbers", "9")."""
    running: list[subprocess.Popen[str]] = []

    def start(name: str, *options: str) -> Sandbox:
        data = tmp_path_factory.mktemp(name) / "data.sqlite3"
        process = subprocess.Popen(
            [sys.executable, "-m", f"sandbox.{name}", "--port", "0", "--data", str(data), *options],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        running.append(process)
        assert process.stdout
        return Sandbox(json.loads(process.stdout.readline()))

    yield start
    for process in running:
        process.terminate()
        process.wait()


@pytest.fixture(scope="session")
def carrier_process(start_sandbox: Callable[..., Sandbox]) -> Sandbox:
    return start_sandbox("carrier", "--numbers", "3000")


@pytest.fixture
def sandbox_carrier(carrier_process: Sandbox, settings: Any) -> Sandbox:
    """The sandbox carrier: it has sold nothing yet, and answers at once."""
    carrier_process.post("/sandbox/reset")
    carrier_process.post("/sandbox/speed", latency_ms=0, delivery_ms=0, visibility_lag_ms=0)
    settings.SANDBOX_CARRIER_URL = carrier_process.url
    return carrier_process


@pytest.fixture(scope="session")
def payments_process(start_sandbox: Callable[..., Sandbox]) -> Sandbox:
    return start_sandbox("payments")


@pytest.fixture
def sandbox_payments(payments_process: Sandbox, settings: Any) -> Sandbox:
    """The payment provider's stand-in, where nobody has paid yet."""
    payments_process.post("/sandbox/reset")
    settings.STRIPE_API_BASE = payments_process.url
    return payments_process


@pytest.fixture(scope="session")
def mailbox_process(start_sandbox: Callable[..., Sandbox]) -> Sandbox:
    return start_sandbox("mailbox", "--smtp-port", "0")


@pytest.fixture
def mailbox(mailbox_process: Sandbox, settings: Any) -> Sandbox:
    """An empty mailbox that takes every mail."""
    mailbox_process.post("/sandbox/reset")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = mailbox_process.ports["smtp_port"]
    return mailbox_process
