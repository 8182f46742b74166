"""Dying on purpose at a named point, so that chaos runs can choose the worst moments."""

import os
import signal

# Names of crash points, separated by commas. Unset everywhere but in chaos runs.
CRASH_AT = "NUMBERYARD_CRASH_AT"


def crash_here(name: str) -> None:
    """Kill this process as `kill -9` does if the environment names this point."""
    if name in os.environ.get(CRASH_AT, "").split(","):
        os.kill(os.getpid(), signal.SIGKILL)
