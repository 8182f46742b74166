"""What `./dev` prints while it works."""

import sys
import time

BEGAN = time.monotonic()


def say(news: str) -> None:
    """Print a line of progress, with the seconds since the start."""
    print(f"{time.monotonic() - BEGAN:7.1f} s  {news}", flush=True)


def complain(trouble: str) -> None:
    print(trouble, file=sys.stderr, flush=True)
