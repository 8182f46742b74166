"""Ends the process groups of a parent that died. Started by workshop.children, alone in a file.

It reads lines from the parent: `GROUP SIGNAL` for a group to look after, `GROUP gone` for one that
has ended. The end of the input is the end of the parent.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

GRACE_SECONDS = 4
POLL_SECONDS = 0.1


def main() -> None:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    groups = read_groups()
    for group, stop_signal in groups.items():
        send(group, stop_signal)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(map(is_alive, groups)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    for group in groups:
        send(group, signal.SIGKILL)


def read_groups() -> dict[int, int]:
    """Return the groups left when the parent has ended, each with the signal it stops by."""
    groups: dict[int, int] = {}
    for line in sys.stdin:
        group, word = line.split()
        if word == "gone":
            groups.pop(int(group), None)
        else:
            groups[int(group)] = int(word)
    return groups


def send(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def is_alive(group: int) -> bool:
    """Tell whether a process of the group runs. A zombie, which nobody may collect, does not."""
    if not Path("/proc/self/stat").exists():
        return has_members(group)
    return any(
        fields[2] == str(group) and fields[0] not in "ZX" for fields in map(stat_of, processes())
    )


def has_members(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def processes() -> list[str]:
    return [name for name in os.listdir("/proc") if name.isdigit()]


def stat_of(process: str) -> list[str]:
    """Return state, parent, group and the rest of /proc/PID/stat, which follow the name."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["X", "0", "0"]


if __name__ == "__main__":
    main()
