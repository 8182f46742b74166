"""A sandbox does not outlive whoever started it."""

import socket
import subprocess
import sys

import pytest

from tests.sandbox.processes import ROOT

# Starts a sandbox as `./dev` does, and lets us read its first line.
STARTER = "import subprocess, sys; subprocess.run([sys.executable, '-m', *sys.argv[1:]])"


@pytest.mark.parametrize(
    "command",
    [
        ["sandbox.payments", "--port", "0"],
        ["sandbox.mailbox", "--port", "0", "--smtp-port", "0"],
    ],
)
def test_sandbox_ends_when_its_parent_is_killed(command):
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTER, *command], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert parent.stdout
    parent.stdout.readline()

    parent.kill()

    # Its output ends when the last process that holds it has ended.
    assert parent.stdout.read() == ""
    parent.wait()


@pytest.mark.parametrize("name", ["payments", "mailbox"])
def test_taken_port_is_named(name):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        ended = subprocess.run(
            [sys.executable, "-m", f"sandbox.{name}", "--port", port],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )

    assert ended.returncode != 0
    assert "cannot listen" in ended.stderr
