"""Write docs/performance-forecast.md."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.dag_bundles.page import percentile
from benchmarks.report import DOCS, machine

MEASURED = DOCS / "performance-forecast.json"
LIMIT_MS = 50
"""Of a round, once a minute: 95 of 100 warm rounds, whether they read histories or not."""


def keep(result: Mapping[str, Any]) -> None:
    """Replace the old measurements by the *result*, and write the page."""
    kept = {
        **result,
        "warm": {**result["warm"], **{key: _figures(result["warm"][key]) for key in ("queries", "rounds")}},
    }
    kept["restarted"] = _figures(result["restarted"])
    MEASURED.write_text(json.dumps(kept, indent=1) + "\n")
    write_page()


def write_page() -> None:
    """Write the page from the last measurements."""
    (DOCS / "performance-forecast.md").write_text(page(json.loads(MEASURED.read_text()), machine()))


def is_good(result: Mapping[str, Any]) -> bool:
    """Whether the warm rounds of *result* are within the limit."""
    return all(percentile(values, 0.95) <= LIMIT_MS for values in result["warm"]["rounds"].values())


def page(measured: Mapping[str, Any], measured_on: str) -> str:
    """Return the page's text: what was *measured*, and the machine that it was *measured_on*."""
    counts = ", ".join(f"{count:,} {name}" for name, count in measured["rows"].items())
    warm = measured["warm"]
    rounds = "\n".join(
        _row(f"a round that {name}, {when}", figures, "-" if when == "after a restart" else f"p95 {LIMIT_MS} ms")
        for when, found in (("warm", warm["rounds"]), ("after a restart", measured["restarted"]))
        for name, figures in found.items()
    )
    queries = "\n".join(_row(name, figures, "-") for name, figures in warm["queries"].items())
    indexes = "\n".join(f"| {name} | {_listed(used)} |" for name, used in warm["indexes"].items())
    return f"""# Performance: the forecast's queries

Written by `python -m benchmarks.forecast_queries` (`make benchmarks-forecast`), on {measured_on}.

The database is the PostgreSQL of the local stack with Airflow's own tables: {counts}. All DAGs are daily, and due
within an hour. The rounds and the queries are the autoscaler's own, without a pause between them. Each pass begins as a
new autoscaler, which knows no history: it reads those of a few DAGs in each round until it has all of the next ten
minutes. *After a restart* PostgreSQL has no page in its memory. The times are without those in which the processors of
this machine served other programs (`/proc/<pid>/schedstat`).

| what | times | p50 | p95 | maximum | limit |
|---|---|---|---|---|---|
{rounds}
{queries}

The queries need these indexes, which Airflow's migration creates:

| query | indexes |
|---|---|
{indexes}
"""


def _figures(timed: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """Return the number of the times, and p50, p95 and maximum in milliseconds."""
    return {
        name: [len(values), *(round(percentile(values, part), 1) for part in (0.5, 0.95, 1))]
        for name, values in timed.items()
    }


def _row(name: str, figures: Sequence[float], limit: str) -> str:
    times, *milliseconds = figures
    return f"| {name} | {times} | {' | '.join(f'{each:g} ms' for each in milliseconds)} | {limit} |"


def _listed(used: Sequence[str]) -> str:
    return ", ".join(f"`{each}`" for each in used)
