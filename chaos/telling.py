"""What a run prints: each line with the seconds since it began."""

import time

_began = time.monotonic()


def say(words: str) -> None:
    print(f"{time.monotonic() - _began:6.1f} s  {words}", flush=True)
