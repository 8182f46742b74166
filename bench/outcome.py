"""What a bench found, and how it is told."""

import json
from dataclasses import dataclass, field
from statistics import median

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """Both sides of a comparison, round by round; `ratio` is the median of the rounds'."""

    name: str
    ratios: list[float]
    # None where the ratio is only told.
    target: float | None
    # Whether a smaller ratio is a better one.
    is_at_most: bool
    headings: list[str]
    rows: list[list[str]]
    notes: list[str] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    @property
    def is_ok(self) -> bool:
        if self.target is None:
            return True
        return self.ratio <= self.target if self.is_at_most else self.ratio >= self.target

    def table(self) -> str:
        lines = [self.headings, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        told = [
            "  ".join(
                cell.ljust(width) if place == 0 else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(line, widths, strict=True))
            )
            for line in lines
        ]
        spread = f"ratio {self.ratio:.4g}, rounds {min(self.ratios):.4g} to {max(self.ratios):.4g}"
        return "\n".join([*told, spread, *self.notes])

    def json_line(self) -> str:
        ratio = float(f"{self.ratio:.4g}")
        return json.dumps(
            {"name": self.name, "ratio": ratio, "target": self.target, "ok": self.is_ok}
        )


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.3f}"
