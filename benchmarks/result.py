"""The results of a benchmark."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Result:
    """One figure and its limit, both in *unit*; a figure without a limit is only reported."""

    what: str
    measured: str
    baseline: str
    figure: float
    unit: Literal["x", "MB", "s", "ms", "characters", "KiB"]
    limit: float | None

    @property
    def within(self) -> bool:
        """Whether the figure is inside its limit."""
        return self.limit is None or self.figure <= self.limit


@dataclass(frozen=True)
class Outcome:
    """The results of one benchmark, and the seconds behind them for the chart."""

    results: list[Result]
    seconds: dict[str, float] = field(default_factory=dict)
