"""Figures as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_on_fargate.simulator.outcome import Outcome


def duration(seconds: float) -> str:
    """Return so many *seconds* in the unit that suits them."""
    if seconds < 100:  # noqa: PLR2004 the units of people
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:.1f} h"


FIGURES: dict[str, tuple[Callable[[Outcome], float], Callable[[float], str]]] = {
    "makespan": (lambda outcome: outcome.makespan_sec, duration),
    "wait p50": (lambda outcome: outcome.wait_p50_sec, duration),
    "wait p95": (lambda outcome: outcome.wait_p95_sec, duration),
    "worker-hours": (lambda outcome: outcome.worker_hours, lambda value: f"{value:.1f}"),
    "dollars": (lambda outcome: outcome.dollars, lambda value: f"{value:.2f}"),
    "cut off": (lambda outcome: outcome.cut_off, lambda value: f"{value:.0f}"),
    "stuck": (lambda outcome: outcome.stuck, lambda value: f"{value:.0f}"),
    "handed back": (lambda outcome: outcome.handed_back, lambda value: f"{value:.0f}"),
}
"""The figures of an outcome: how to compute each, and how to format it."""


def written(outcome: Outcome) -> list[str]:
    """Return all figures of an outcome."""
    return [write(get(outcome)) for get, write in FIGURES.values()]
