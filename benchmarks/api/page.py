"""Write docs/performance-api.md and its picture."""

import csv
import json
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.report import DOCS, machine
from constructs_lib.settings.processes import API_SERVER

MEASURED = DOCS / "performance-api.json"
"""The measurements by stage; a run of one stage keeps those of the others."""
MEMORY = DOCS / "performance-api.csv"
CHART = DOCS / "performance-api.svg"
NOT_MEASURED = "not measured"
P95_SEC, SILENCE_SEC, OVERLOAD_SILENCE_SEC = 2, 3, 5
COLUMNS = (
    *("stage", "who", "minutes", "p50", "p95", "slowest", "longest silence", "answers", "oldest heartbeat"),
    *("missed", "healthy", "database connections"),
)
HEAD = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|"
WIDTH, HEIGHT, LEFT, BOTTOM = 760, 300, 60, 40


def keep(key: str, result: Mapping[str, Any]) -> None:
    """Replace the old measurements by the new ones, and write the page."""
    measured = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    MEASURED.write_text(json.dumps({**measured, key: result}, indent=1, sort_keys=True) + "\n")
    write_page()


def is_good(people: Mapping[str, Any], overload: Mapping[str, Any]) -> bool:
    """Whether all is within the limits."""
    return (
        people["p95"] <= P95_SEC
        and people["longest_silence"] <= SILENCE_SEC
        and overload["longest_silence"] <= OVERLOAD_SILENCE_SEC
        and all(
            set(each["codes"]) == {"200"}
            and set(each["tasks"]) == {"success at try 1"}
            and not each["seen"]["missed_heartbeats"]
            and not each["seen"]["unhealthy"]
            for each in (people, overload)
        )
    )


def write_page() -> None:
    """Write the answers to clients, and the memory over time."""
    measured = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    (DOCS / "performance-api.md").write_text(page(measured, machine()))


def page(measured: Mapping[str, Any], measured_on: str) -> str:
    """Return the page's text: *measured* by stage, and the machine that it was *measured_on*."""
    rows = "\n".join(
        _row(shape, what, measured[shape][what])
        for shape in ("compact", "split")
        if shape in measured
        for what in ("people", "overload")
    )
    rates = "\n".join(
        f"- `{shape}`: {_per_vcpu(measured[shape]['overload']):.0f} requests a second for each vCPU in use"
        for shape in ("compact", "split")
        if shape in measured
    )
    return f"""# Performance: the api-server

Written by `python -m benchmarks.api` (`make benchmarks-api`; `HOURS=3` adds the memory), on {measured_on}.

The stack is the one of `make local` with the settings of a stage, a hundred DAGs that have run once, and ten running
tasks. A quota limits the processes as Linux does in a container: in `compact` all of Airflow's share 1 vCPU, in
`split` the api-server has {API_SERVER.cpu / 1024:g} of its own. *People* are 30 clients that send what the UI sends,
every two seconds. *Overload* is 60 clients without a pause. *Oldest heartbeat* is the longest time that a running
task was without a heartbeat. *Healthy* counts the ECS health checks that passed. Limits: for people, p95 {P95_SEC} s
and no silence over {SILENCE_SEC} s; in overload, no silence over {OVERLOAD_SILENCE_SEC} s; in both, only answers with
status 200, no missed heartbeat, and every check healthy.

{HEAD}
{rows}

{rates}

Each request is one of eight that the pages of the UI send, from a short list to a hundred task instances.

## Memory

{_memory(measured.get("memory"))}
"""


def _row(shape: str, what: str, load: Mapping[str, Any]) -> str:
    seen = load["seen"]
    codes = ", ".join(f"{count:,} x {code}" for code, count in sorted(load["codes"].items()))
    times = " | ".join(f"{load[key]:.2f} s" for key in ("p50", "p95", "slowest", "longest_silence"))
    return (
        f"| `{shape}` | {what} | {load['seconds'] / 60:.0f} | {times} | {codes} | {seen['oldest_heartbeat_sec']:.1f} s"
        f" | {seen['missed_heartbeats']} | {seen['health_checks'] - seen['unhealthy']} of {seen['health_checks']}"
        f" | {seen['connections']} |"
    )


def _per_vcpu(load: Mapping[str, Any]) -> float:
    requests: int = sum(load["codes"].values())
    return requests / float(load["seen"]["cpu_sec"])


def _memory(memory: Mapping[str, Any] | None) -> str:
    if not memory:
        return f"{NOT_MEASURED.capitalize()}."
    with MEMORY.open() as opened:
        samples = list(csv.DictReader(opened))
    CHART.write_text(_chart(samples))
    totals = [float(each["main process, MB"]) + float(each["workers, MB"]) for each in samples]
    half = len(totals) // 2
    failed = sum(int(each["failed"]) for each in samples)
    requests = sum(int(each["requests"]) for each in samples)
    first, second = (f"{max(part):.0f} MB" for part in (totals[:half], totals[half:]))
    minutes, hours = f"{memory['refresh_sec'] / 60:.0f}", f"{memory['hours']:g}"
    return f"""The api-server of `split` with 30 people; its workers were renewed every {minutes} minutes instead of six
hours: {requests:,} requests in {hours} hours, {failed} of them failed. Main process and worker used up to {first} in
the first half, and up to {second} in the second ([samples]({MEMORY.name})).{_remark(memory)}

![Memory over time]({CHART.name})"""


def _remark(memory: Mapping[str, Any]) -> str:
    """Return the remark on the run in the JSON, which a person writes: for example, what else the machine did."""
    return f" {memory['remark']}" if "remark" in memory else ""


def _chart(samples: Sequence[Mapping[str, str]]) -> str:
    """Return an SVG picture of the memory over time."""
    columns = {"main process": "#2f6fb3", "workers": "#b3582f"}
    longest = float(samples[-1]["minutes"]) or 1
    highest = max(float(each[f"{name}, MB"]) for each in samples for name in columns) * 1.2
    lines = []
    for number, (name, colour) in enumerate(columns.items()):
        points = " ".join(
            f"{LEFT + float(each['minutes']) / longest * (WIDTH - LEFT - 20):.1f},"
            f"{HEIGHT - BOTTOM - float(each[f'{name}, MB']) / highest * (HEIGHT - BOTTOM - 40):.1f}"
            for each in samples
        )
        lines += [
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>',
            f'<text x="{LEFT + 160 * number}" y="26" fill="{colour}">{name}, MB</text>',
        ]
    drawn = "\n".join(lines)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" \
font-family="sans-serif" font-size="14">
<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>
{drawn}
<line x1="{LEFT}" y1="{HEIGHT - BOTTOM}" x2="{WIDTH - 20}" y2="{HEIGHT - BOTTOM}" stroke="black"/>
<text x="{LEFT - 8}" y="48" text-anchor="end">{highest:.0f}</text>
<text x="{LEFT - 8}" y="{HEIGHT - BOTTOM}" text-anchor="end">0</text>
<text x="{WIDTH - 20}" y="{HEIGHT - BOTTOM + 20}" text-anchor="end">{longest:.0f} minutes</text>
</svg>
"""
