"""The commands of `./dev`, each a function of its arguments that returns an exit status."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable

from workshop import environment, running
from workshop.checking import run_checks
from workshop.children import ROOT
from workshop.measuring import run_bench, run_chaos
from workshop.places import Missing
from workshop.running import NotRunning, RunningAlready
from workshop.servers import AlreadyRunning, ServerDied
from workshop.steps import StepFailed, run_in_foreground
from workshop.telling import complain
from workshop.testing import run_tests

# What can go wrong without being a fault of ours: the message says what to do.
EXPECTED = (AlreadyRunning, Missing, NotRunning, RunningAlready, ServerDied, StepFailed)
INTERRUPTED = 130


def up(arguments: list[str]) -> int:
    parser = ArgumentParser("./dev up", description="Run Numberyard here.")
    parser.add_argument("--fresh", action="store_true", help="start with empty data")
    parser.add_argument("--no-demo", action="store_true", help="do not load the demo")
    chosen = parser.parse_args(arguments)
    running.run(is_fresh=chosen.fresh, with_demo=not chosen.no_demo)
    return 0


def check(arguments: list[str]) -> int:
    return 0 if run_checks() else 1


def code(arguments: list[str]) -> int:
    return manage("demo_code", *arguments)


def shell(arguments: list[str]) -> int:
    return manage("shell", *arguments)


def manage(*arguments: str) -> int:
    """Run manage.py on the running instance."""
    settings = environment.for_children(running.settings_of_running())
    return run_in_foreground(["manage.py", *arguments], environment=settings)


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "up": up,
    "test": run_tests,
    "check": check,
    "bench": run_bench,
    "chaos": run_chaos,
    "code": code,
    "shell": shell,
}


def main(arguments: list[str]) -> int:
    command = COMMANDS.get(arguments[0] if arguments else "--help")
    if command is None:
        print(usage())
        return 0 if arguments[:1] in ([], ["help"], ["--help"], ["-h"]) else 2
    try:
        return command(arguments[1:])
    except EXPECTED as trouble:
        complain(str(trouble))
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def usage() -> str:
    """Return the text at the top of the script, where people read it first."""
    return (ROOT / "dev").read_text().split('"""')[1].strip()


sys.exit(main(sys.argv[1:]))
