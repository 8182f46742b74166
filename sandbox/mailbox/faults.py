"""What goes wrong on purpose with the next mails."""

import threading

MODES = ("none", "refuse", "accept_then_drop", "accept_then_hang_up")


class UnknownFault(Exception):
    """Only the modes above, and a count from 1 on or none, can be asked for."""


class Faults:
    """One mode at a time, for a number of mails or, without one, until it is changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.follow("none")

    def follow(self, mode: str, count: int | None = None) -> None:
        """Raises UnknownFault."""
        if mode not in MODES:
            raise UnknownFault(f"mode is one of {', '.join(MODES)}")
        if count is not None and count < 1:
            raise UnknownFault("count is a number from 1 on")
        with self._lock:
            self._mode = mode
            self._left = count

    def draw(self) -> str:
        with self._lock:
            if self._left == 0:
                return "none"
            if self._left is not None:
                self._left -= 1
            return self._mode
