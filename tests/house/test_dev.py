"""What `./dev` promises about its processes, tried without the product."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workshop import children, environment, keeping, places, running, servers

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 20

START_SERVERS = """
import json, sys, time
from pathlib import Path
from workshop import servers

folder = Path(sys.argv[1])
postgres = servers.start_postgres(folder / "postgres", servers.free_port(), throwaway=True)
valkey = servers.start_valkey(folder / "valkey", servers.free_port())
print(json.dumps([postgres.pid, valkey.pid]), flush=True)
time.sleep(1000)
"""
# The shell, like Celery, has a child of its own; and it is deaf to the polite signal.
START_A_FAMILY = """
import json, sys, time
from pathlib import Path
from workshop import children

log = Path(sys.argv[1], "family.log")
shell = children.start(["sh", "-c", "trap '' TERM; sleep 1000 & echo $!; wait"], log=log)
while not log.stat().st_size:
    time.sleep(0.01)
print(json.dumps([shell.pid, int(log.read_text())]), flush=True)
time.sleep(1000)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with servers.throwaway_folder() as made:
        yield made


def wait_until(is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.05)
    return is_so()


def kill_parent_of(program: str, folder: Path) -> list[int]:
    """Run the program, kill it when it has said which processes it started, and return those."""
    parent = subprocess.Popen(
        [sys.executable, "-c", program, folder], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert parent.stdout
    started: list[int] = json.loads(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    return started


def test_servers_keep_their_data_over_a_restart(folder: Path) -> None:
    data = folder / "postgres"
    servers.stop(servers.start_postgres(data, servers.free_port(), throwaway=True))

    server = servers.start_postgres(data, servers.free_port(), throwaway=True)

    servers.stop(server)
    assert server.returncode == 0


def test_a_killed_parent_takes_its_servers_along(folder: Path) -> None:
    started = kill_parent_of(START_SERVERS, folder)

    assert wait_until(lambda: not any(map(children.name_of, started)))


def test_the_data_of_a_killed_parent_is_used_again_at_once(folder: Path) -> None:
    kill_parent_of(START_SERVERS, folder)

    server = servers.start_postgres(folder / "postgres", servers.free_port(), throwaway=True)

    servers.stop(server)
    assert server.returncode == 0


def test_a_killed_parent_takes_its_deaf_grandchildren_along(folder: Path) -> None:
    started = kill_parent_of(START_A_FAMILY, folder)

    assert wait_until(lambda: not any(map(children.name_of, started)))


def test_stopping_a_child_ends_its_children(folder: Path) -> None:
    log = folder / "family.log"
    shell = children.start(["sh", "-c", "sleep 1000 & echo $!; wait"], log=log)
    wait_until(lambda: log.stat().st_size > 0)

    children.stop(shell)

    assert wait_until(lambda: not children.name_of(int(log.read_text())))


def test_a_lock_whose_process_is_somebody_else_is_dropped(folder: Path) -> None:
    data = folder / "postgres"
    servers.stop(servers.start_postgres(data, servers.free_port(), throwaway=True))
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n")

    server = servers.start_postgres(data, servers.free_port(), throwaway=True)

    servers.stop(server)
    assert server.returncode == 0


def test_a_second_server_keeps_off_the_data(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "LEAVING_TIMEOUT_SECONDS", 0)
    server = servers.start_postgres(folder / "postgres", servers.free_port(), throwaway=True)

    with pytest.raises(servers.AlreadyRunning, match=str(server.pid)):
        servers.start_postgres(folder / "postgres", servers.free_port(), throwaway=True)

    servers.stop(server)


def test_a_cluster_left_half_made_is_made_again(folder: Path) -> None:
    half = folder / "postgres.unfinished"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")

    server = servers.start_postgres(folder / "postgres", servers.free_port(), throwaway=True)

    servers.stop(server)
    assert server.returncode == 0


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    with pytest.raises(servers.ServerDied, match="no_such_setting"):
        servers.start_postgres(
            folder / "postgres", servers.free_port(), settings={"no_such_setting": "on"}
        )


def test_a_taken_port_is_left_to_its_owner() -> None:
    with socket.create_server(("127.0.0.1", 0)) as owner:
        usual = owner.getsockname()[1]

        assert servers.free_port(usual) != usual


def test_a_free_port_is_the_usual_one() -> None:
    usual = servers.free_port()

    assert servers.free_port(usual) == usual


def test_a_checkout_runs_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "DATA", tmp_path)
    monkeypatch.setattr(places, "DATA", tmp_path)
    monkeypatch.setattr(environment, "RUN_FILE", tmp_path / "run.json")
    first = running.claim_checkout()

    with pytest.raises(running.RunningAlready, match=str(os.getpid())):
        running.claim_checkout()

    first.close()


def test_a_command_for_the_running_instance_asks_to_start_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "RUN_FILE", tmp_path / "run.json")

    with pytest.raises(running.NotRunning, match=r"\./dev up"):
        running.settings_of_running()


def test_a_process_that_ends_starts_again_after_a_growing_pause(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(keeping, "LOGS", folder)
    post = keeping.Post("short", ["sh", "-c", "echo last words; exit 3"], os.environ)
    post.start()
    first = post.process
    assert first
    first.wait()

    post.look()
    post.restart_at = 0.0
    post.look()

    assert post.process is not first
    assert post.pause_seconds == 2 * keeping.FIRST_PAUSE_SECONDS
    assert "short ended with status 3" in (news := capsys.readouterr().out)
    assert "last words" in news


def test_a_database_the_caller_brings_is_the_one_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "DATA", tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody@elsewhere/theirs")

    settings = environment.product_environment(environment.USUAL_PORTS)

    assert settings["DATABASE_URL"] == "postgresql://somebody@elsewhere/theirs"
    assert "OWNER_DATABASE_URL" not in settings


def test_the_settings_of_an_instance_are_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "RUN_FILE", tmp_path / "run.json")
    settings = {"SITE_SCHEME": "http", "PLATFORM_HOST": "numberyard.localhost", "SITE_PORT": "1"}

    environment.write_run({"web": 1}, settings)

    assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o600
    assert running.settings_of_running() == settings


def test_postgres_as_root_is_somebody_who_can_reach_the_programs() -> None:
    assert places.can_reach(places.postgres_binaries() / "postgres")


def test_without_a_command_the_script_says_what_it_can_do() -> None:
    answer = subprocess.run([ROOT / "dev"], check=True, capture_output=True, text=True)

    assert "./dev up [--fresh]" in answer.stdout


def test_ctrl_c_is_how_postgres_stops(folder: Path) -> None:
    server = servers.start_postgres(folder / "postgres", servers.free_port(), throwaway=True)

    server.send_signal(signal.SIGINT)

    assert server.wait(PATIENCE_SECONDS) == 0
