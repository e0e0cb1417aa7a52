"""What a benchmark hands in."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Result:
    """One figure against its limit; *unit* stands behind both."""

    what: str
    measured: str
    baseline: str
    figure: float
    unit: Literal["x", "MB", "s", "ms", "characters", "KiB"]
    limit: float

    @property
    def within(self) -> bool:
        """Whether the figure keeps its limit."""
        return self.figure <= self.limit


@dataclass(frozen=True)
class Outcome:
    """The results of one benchmark, and the seconds behind them for the chart."""

    results: list[Result]
    seconds: dict[str, float] = field(default_factory=dict)
