"""A child that does not outlive the process that started it."""

import ctypes
import os
import signal
import sys
from types import FrameType

PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """End on SIGTERM and Ctrl-C without a word, and, on Linux, when the parent dies.

    For Linux the parent is the thread that started this process, so start it in one that stays.
    """
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    # The parent may have died before the line above, and then no signal will come.
    if os.getppid() != parent:
        sys.exit(0)


def _leave(signal_number: int, frame: FrameType | None) -> None:
    sys.exit(0)
