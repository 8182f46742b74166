"""What the product's own logs say went wrong that nobody broke on purpose."""

import json
import re
from collections import Counter
from collections.abc import Iterator

from chaos.house import House

# A task may fail while PostgreSQL is away; its work stays due.
EXPECTED = {"InterfaceError", "OperationalError"}
FAILED_TASK = re.compile(r"Task ([\w.]+)\S* raised unexpected: (\w+)\((.{0,200})")


def find_faults(house: House) -> Iterator[str]:
    """Yield each kind of page and task that failed for a reason of our own, and how often."""
    for name in house.product:
        log = house.logs / f"{name}.log"
        text = log.read_text(errors="replace") if log.exists() else ""
        found = Counter([*failed_pages(text), *failed_tasks(text)])
        for what, count in found.items():
            yield f"{name}: {what} ({count} times)"


def count_words(house: House, words: str) -> int:
    """Tell how often the product's logs say this."""
    return sum(
        log.read_text(errors="replace").count(words)
        for name in house.product
        if (log := house.logs / f"{name}.log").exists()
    )


def failed_pages(log: str) -> Iterator[str]:
    for line in log.splitlines():
        if line.startswith("{") and '"status_code": 500' in line:
            entry = json.loads(line)
            trace = str(entry.get("exception", "")).strip().splitlines()
            yield f"{entry['event']} {trace[-1] if trace else ''}"


def failed_tasks(log: str) -> Iterator[str]:
    for task, error, words in FAILED_TASK.findall(log):
        if error not in EXPECTED:
            yield f"{task} raised {error}({words}"
