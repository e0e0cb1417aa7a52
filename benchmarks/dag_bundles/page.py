"""Write docs/performance-dags.md and its picture."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.chart import draw_bars
from benchmarks.dag_bundles.idle import ROUND_SEC, a_day, dollars_a_month
from benchmarks.dag_bundles.many import FILES
from benchmarks.dag_bundles.pushes import TASKS
from benchmarks.report import DOCS, machine

MEASURED = DOCS / "performance-dags.json"
"""The measurements by part; a run of one part keeps those of the others."""
CHART = DOCS / "performance-dags.svg"
NOT_MEASURED = "Not measured."
VISIBLE_SEC, WARM, COLD_SEC, DOLLARS = 5, 1.05, 1, 1
"""Limits: of the p95 from a push to the change, of a warm start, of what a new version adds, and of a month."""


def keep(part: str, result: Mapping[str, Any]) -> None:
    """Replace the old measurements of a *part* by the new ones, and write the page."""
    measured = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    MEASURED.write_text(json.dumps({**measured, part: result}, indent=1, sort_keys=True) + "\n")
    write_page()


def write_page() -> None:
    """Write the page and the picture."""
    measured = json.loads(MEASURED.read_text())
    if medians := _medians(measured):
        CHART.write_text(draw_bars("Seconds, the median", medians))
    (DOCS / "performance-dags.md").write_text(page(measured, machine()))


def is_good(part: str, result: Mapping[str, Any]) -> bool:
    """Whether the *result* of the *part* is within the limits."""
    if part == "pushes":
        slow = [percentile(result[key], 0.95) > VISIBLE_SEC for key in ("visible", "rolled_back")]
        return not (any(slow) or result["mixed"] or result["failed"])
    if part == "starts":
        image, warm, new = (percentile(result[key], 0.5) for key in ("image", "warm", "all_new"))
        return warm <= WARM * image and new - warm <= COLD_SEC
    return _dollars(result) <= DOLLARS


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value that this *part* of the *values* does not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def page(measured: Mapping[str, Any], measured_on: str) -> str:
    """Return the page's text: *measured* by part, and the machine that it was *measured_on*."""
    return f"""# Performance: DAGs in a bundle

Written by `python -m benchmarks.dag_bundles` (`make benchmarks-dags`), on {measured_on}.

The stack is the one of `make local` with `dags=DagsInS3()`, and {FILES:,} DAG files that import modules of their own
and of other folders. S3 is on this machine: nothing here was measured on AWS.

## From a push until the change is visible

Each push changes one of the files while {TASKS} tasks run. It is visible when the database has the new DAG, which the
UI and the scheduler read. The time starts when the pointer has been switched. *The whole push* starts with the command
and has its upload too, but not the import of all DAG files, which a push does first. Meanwhile a DAG runs again and
again, and pushes change three files of it. Its tasks write down what each of these files contains.

{_pushes(measured.get("pushes"))}

## Start of a task

From the message to the task's first line, in two stacks that take turns: one with the DAGs in the image, and one with a
bundle. *Warm*: the worker has the version. *New*: the first task of a version on this worker, in which one file or all
{FILES:,} are new.

{_starts(measured.get("starts"))}

## Requests without work

{_idle(measured.get("idle"))}
{_picture(measured)}"""


def _picture(measured: Mapping[str, Any]) -> str:
    return f"\n![Seconds, the median]({CHART.name})\n" if _medians(measured) else ""


def _pushes(pushes: Mapping[str, Any] | None) -> str:
    if not pushes:
        return NOT_MEASURED
    names = {
        "a push": pushes["visible"],
        "a rollback": pushes["rolled_back"],
        "the whole push": pushes["whole"],
    }
    limit = f"p95 {VISIBLE_SEC} s"
    rows = "\n".join(
        f"| {name} | {len(values)} | {_seconds(values)} | {'-' if values is pushes['whole'] else limit} |"
        for name, values in names.items()
    )
    mixed = "".join(f"\n- {sentence}" for sentence in pushes["mixed"])
    return f"""| what | times | p50 | p95 | maximum | limit |
|---|---|---|---|---|---|
{rows}

{pushes["runs"]} runs of the DAG with three files: {len(pushes["mixed"])} with a mixture of versions, {pushes["failed"]}
that did not succeed.{_remark(pushes)}{mixed}"""


def _starts(starts: Mapping[str, Any] | None) -> str:
    if not starts:
        return NOT_MEASURED
    image, warm = (percentile(starts[key], 0.5) for key in ("image", "warm"))
    rows = "\n".join(
        f"| {name} | {len(starts[key])} | {_seconds(starts[key])} | {compared} |"
        for name, key, compared in (
            ("DAGs in the image", "image", "-"),
            ("a bundle, warm", "warm", f"{warm / image:.3f} x, limit {WARM:g} x"),
            ("a bundle, new: one file", "one_new", f"{_more(starts, 'one_new')}, limit {COLD_SEC} s"),
            ("a bundle, new: all files", "all_new", f"{_more(starts, 'all_new')}, limit {COLD_SEC} s"),
        )
    )
    return f"""| DAGs in | starts | p50 | p95 | maximum | compared |
|---|---|---|---|---|---|
{rows}

{_remark(starts).strip()}""".rstrip()


def _more(starts: Mapping[str, Any], key: str) -> str:
    return f"{percentile(starts[key], 0.5) - percentile(starts['warm'], 0.5):+.2f} s"


def _idle(idle: Mapping[str, Any] | None) -> str:
    if not idle:
        return NOT_MEASURED
    rows = "\n".join(
        f"| {program} | {', '.join(f'{count} {kind}' for kind, count in sorted(counts.items()))}"
        f" | {seconds / 60:g} minutes | {a_day(sum(counts.values()), seconds=seconds):,}"
        f" | ${dollars_a_month(Counter(counts), seconds=seconds):.2f} |"
        for program, counts, seconds in _counts(idle)
    )
    return f"""The requests to S3 without work, and what they cost in us-east-1. The looks for a new version and for a
deployment were counted for {idle["seconds"] / 60:g} minutes. Old versions are looked for in a round each hour, of which
the last one was counted; the first one after a start also reads the manifest of each version. The limit is ${DOLLARS} a
month for all requests. Other programs send none.

| program | counted | in | a day | a month |
|---|---|---|---|---|
{rows}
| all | | | | ${_dollars(idle):.2f} |"""


def _dollars(idle: Mapping[str, Any]) -> float:
    return sum(dollars_a_month(Counter(counts), seconds=seconds) for _, counts, seconds in _counts(idle))


def _counts(idle: Mapping[str, Any]) -> list[tuple[str, Mapping[str, int], float]]:
    """Return each program with its requests, and the seconds in which it sends so many."""
    looks = [(program, counts, idle["seconds"]) for program, counts in sorted(idle["looks"].items())]
    return looks + [(program, counts, ROUND_SEC) for program, counts in sorted(idle["rounds"].items())]


def _seconds(values: Sequence[float]) -> str:
    return " | ".join(f"{percentile(values, part):.2f} s" for part in (0.5, 0.95, 1))


def _remark(part: Mapping[str, Any]) -> str:
    """Return the remark in the JSON, which a person writes: for example, what else the machine did."""
    return f" {part['remark']}" if "remark" in part else ""


def _medians(measured: Mapping[str, Any]) -> dict[str, float]:
    names = {
        "pushes": {"push, until visible": "visible", "rollback, until visible": "rolled_back"},
        "starts": {"start, DAGs in the image": "image", "start, warm": "warm", "start, new version": "all_new"},
    }
    return {
        name: percentile(measured[part][key], 0.5)
        for part, keys in names.items()
        if part in measured
        for name, key in keys.items()
    }
