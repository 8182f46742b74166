"""docker-compose.yml, read as YAML and, where Docker is, by Docker itself."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
OURS = ["web", "worker", "beat", "provisioning"]
EVERY = [*OURS, "migrate", "postgres", "valkey"]
SECRETS = {
    name: name.lower()
    for name in (
        *("SECRET_KEY", "PLATFORM_HOST", "EMAIL_URL", "STRIPE_SECRET_KEY"),
        *("STRIPE_WEBHOOK_SECRETS", "POSTGRES_PASSWORD", "OWNER_PASSWORD", "APP_PASSWORD"),
    )
}
SELLER = {name: name.lower() for name in ("SELLER_NAME", "SELLER_ADDRESS", "SELLER_VAT_NUMBER")}
# What has a default, here or in the settings.
OPTIONAL = ["CURRENCIES", "DEFAULT_FROM_EMAIL", "EXTRA_HOSTS", "SECRET_KEY_FALLBACKS"]

Services = dict[str, dict[str, Any]]


def ask_docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", "compose", *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | SECRETS | SELLER,
    )


def read_as_yaml() -> Services:
    services: Services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return services


def read_by_docker() -> Services:
    answer = ask_docker("config")
    assert answer.returncode == 0, answer.stderr
    services: Services = yaml.safe_load(answer.stdout)["services"]
    return services


def readers() -> list[Callable[[], Services]]:
    """Return the ways to read the file that this machine has."""
    try:
        has_docker = ask_docker("version").returncode == 0
    except FileNotFoundError:
        has_docker = False
    return [read_as_yaml, read_by_docker] if has_docker else [read_as_yaml]


@pytest.fixture(params=readers(), scope="module")
def services(request: pytest.FixtureRequest) -> Services:
    read: Callable[[], Services] = request.param
    return read()


def test_every_process_of_a_server_is_there(services: Services) -> None:
    assert set(services) == set(EVERY)


@pytest.mark.parametrize("name", [*OURS, "postgres", "valkey"])
def test_a_process_tells_whether_it_is_healthy(services: Services, name: str) -> None:
    assert services[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", EVERY)
def test_nothing_runs_as_root(services: Services, name: str) -> None:
    assert services[name]["user"].split(":")[0] not in ("", "0", "root")


@pytest.mark.parametrize("name", OURS)
def test_our_processes_wait_for_the_migrations(services: Services, name: str) -> None:
    condition = services[name]["depends_on"]["migrate"]["condition"]

    assert condition == "service_completed_successfully"


@pytest.mark.parametrize(
    "step",
    ["migrate_schemas", "load_numbering_plan", "load_vat_rates", "load_sample_requirements"],
)
def test_a_server_begins_with_its_tables_and_what_belongs_in_them(
    services: Services, step: str
) -> None:
    assert f"manage.py {step}" in " ".join(services["migrate"]["command"])


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_who_serves_and_works_does_not_know_the_owner(services: Services, name: str) -> None:
    assert "OWNER_DATABASE_URL" not in services[name]["environment"]


def test_postgres_writes_everything_down(services: Services) -> None:
    command = " ".join(services["postgres"]["command"])

    assert "max_locks_per_transaction" in command
    assert not {"fsync", "synchronous_commit", "full_page_writes"} & set(
        command.replace("=", " ").replace("-", " ").split()
    )


def test_the_file_holds_no_secret() -> None:
    text = (ROOT / "docker-compose.yml").read_text()

    assert [name for name in SECRETS if f"${{{name}:?}}" not in text] == []


def test_it_does_not_start_without_saying_who_sells() -> None:
    text = (ROOT / "docker-compose.yml").read_text()

    assert [name for name in SELLER if f"${{{name}:?}}" not in text] == []


@pytest.mark.parametrize("name", [*SELLER, *OPTIONAL])
def test_our_processes_are_told_what_the_server_says(services: Services, name: str) -> None:
    assert all(name in services[process]["environment"] for process in [*OURS, "migrate"])


def test_the_image_runs_as_an_ordinary_user() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()

    assert [line for line in lines if line.startswith("USER ")] == ["USER numberyard"]


def test_attempts_are_counted_by_the_address_before_the_proxy(services: Services) -> None:
    proxies = services["web"]["environment"]["TRUSTED_PROXY_COUNT"]

    assert proxies in ("1", "${TRUSTED_PROXY_COUNT:-1}")
