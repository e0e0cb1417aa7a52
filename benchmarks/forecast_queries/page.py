"""Write docs/performance-forecast.md."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.dag_bundles.page import percentile
from benchmarks.report import DOCS, machine

MEASURED = DOCS / "performance-forecast.json"
LIMIT_MS = 50
"""CPU time of a round, once a minute: of 95 in 100 warm rounds, whether they read histories or not."""
JIT_COST = 100_000
"""PostgreSQL's default of `jit_above_cost`."""
ROUNDS = {
    "reads": "a warm round that reads histories",
    "quiet": "a warm round that reads none",
    "restarted": "the first round after a restart",
}


def keep(result: Mapping[str, Any]) -> None:
    """Replace the old measurements by the *result*, and write the page."""
    kept = {**result, **{part: _figures(result[part]) for part in ("rounds", "queries")}}
    MEASURED.write_text(json.dumps(kept, indent=1) + "\n")
    write_page()


def write_page() -> None:
    """Write the page from the last measurements."""
    (DOCS / "performance-forecast.md").write_text(page(json.loads(MEASURED.read_text()), machine()))


def is_good(result: Mapping[str, Any]) -> bool:
    """Whether the *result* is within the limits: warm rounds, plans without tables read whole, and their cost."""
    warm = (values for name, values in result["rounds"].items() if name != "restarted")
    plans = result["plans"].values()
    return (
        all(percentile([cpu for cpu, _ in values], 0.95) <= LIMIT_MS for values in warm)
        and all(plan["cost"] < JIT_COST for plan in plans)
        and not any(plan["tables"] for plan in plans)
    )


def page(measured: Mapping[str, Any], measured_on: str) -> str:
    """Return the page's text: what was *measured*, and the machine that it was *measured_on*."""
    counts = ", ".join(f"{count:,} {name}" for name, count in measured["rows"].items())
    rounds = "\n".join(
        _row(ROUNDS[name], figures, "-" if name == "restarted" else f"{LIMIT_MS} ms")
        for name, figures in measured["rounds"].items()
    )
    queries = "\n".join(_row(name, figures, "-") for name, figures in measured["queries"].items())
    plans = "\n".join(
        f"| {name} | {_listed(plan['indexes'])} | {_listed(plan['tables']) or 'none'} | {plan['cost']:,.0f} |"
        for name, plan in measured["plans"].items()
    )
    return f"""# Performance: the forecast's queries

Written by `python -m benchmarks.forecast_queries` (`make benchmarks-forecast`), on {measured_on}.

The database is the PostgreSQL of the local stack with Airflow's own tables.
It has {counts}.
All DAGs are daily, and due within an hour. The rounds are the autoscaler's own, {measured["pause_ms"]} ms apart
instead of a minute. It starts again and again without any history, and reads those of up to
{measured["histories"]} DAGs in a round until it has all of the next ten minutes. Then only new runs remain.
*The first round after a restart* of PostgreSQL and of the autoscaler connects, and finds no page in PostgreSQL's
memory; the system's cache of files stays.

*CPU time* is that of the autoscaler and of the PostgreSQL process that serves it. The limit is for its p95. *Elapsed*
time also has the waits for a processor: this machine's load average was {measured["load"]}.

| what | times | CPU time: p50 | p95 | maximum | limit | elapsed: minimum | p50 | p95 | maximum |
|---|---|---|---|---|---|---|---|---|---|
{rounds}
{queries}

The queries need these indexes, which Airflow's migration creates. None reads a whole table. A PostgreSQL with `jit`
would compile a plan from an estimated cost of {JIT_COST:,} on (`jit_above_cost`), which can take longer than the query;
none of these costs so much.

| query | indexes | tables read whole | estimated cost |
|---|---|---|---|
{plans}
"""


def _figures(timed: Mapping[str, Sequence[tuple[float, float]]]) -> dict[str, list[float]]:
    """Return the number of the times; p50, p95, maximum of CPU time; minimum, p50, p95, maximum of elapsed time."""
    return {
        name: [
            len(times),
            *(_percentile([cpu for cpu, _ in times], part) for part in (0.5, 0.95, 1)),
            *(_percentile([elapsed for _, elapsed in times], part) for part in (0, 0.5, 0.95, 1)),
        ]
        for name, times in timed.items()
    }


def _percentile(milliseconds: Sequence[float], part: float) -> float:
    return round(percentile(milliseconds, part), 1)


def _row(name: str, figures: Sequence[float], limit: str) -> str:
    times, *milliseconds = figures
    cells = [f"{each:g} ms" for each in milliseconds]
    return f"| {' | '.join([name, str(times), *cells[:3], limit, *cells[3:]])} |"


def _listed(used: Sequence[str]) -> str:
    return ", ".join(f"`{each}`" for each in used)
