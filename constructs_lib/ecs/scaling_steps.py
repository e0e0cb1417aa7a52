"""How a step scaling policy meets any number of missing workers in few steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

STEPS = 20
"""How many steps Application Auto Scaling allows a policy, by default (AWS: "Quotas for Application Auto Scaling")."""


@dataclass(frozen=True, kw_only=True)
class StepAdjustment:
    """
    Change the capacity by `adjustment` where the metric lies between the bounds.

    They are distances from the alarm's threshold; None is without end.
    """

    lower: int | None
    upper: int | None
    adjustment: int


def out_steps(most: int) -> list[StepAdjustment]:
    """Return the steps out of an alarm at `>= 1`, up to *most* at once; a step adds its least, never too many."""
    return [
        StepAdjustment(lower=low - 1, upper=None if next_low is None else next_low - 1, adjustment=low)
        for low, next_low in _ranges(most)
    ]


def in_steps(most: int) -> list[StepAdjustment]:
    """Return the steps in of an alarm at `<= -1`, up to *most* at once: the mirror image of `out_steps`."""
    return [
        StepAdjustment(lower=None if next_low is None else 1 - next_low, upper=1 - low, adjustment=-low)
        for low, next_low in _ranges(most)
    ]


def _ranges(most: int) -> Iterator[tuple[int, int | None]]:
    """Yield the least of each step and of the next one: 1 to *most*, each greater than the last in like proportion."""
    bounds = [1]
    while bounds[-1] < most:
        left = STEPS - len(bounds)
        last = bounds[-1]
        bounds.append(max(last + 1, round(last * (most / last) ** (1 / left))))
    yield from pairwise(bounds)
    yield bounds[-1], None
