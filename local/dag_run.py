"""Trigger a DAG, watch its tasks, and say how it ended."""

import json
import re
import sys
import time
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.table import Table

from constructs_lib.bad_input import BadInputError, nearest
from local.airflow_api import AirflowApi
from local.state import State

PAUSE_SEC = 0.5
NEW_DAG_SEC = 12
"""A file that has just been written is read within that time."""
LOG_LINES = 20
INTERRUPTED = 130
COLOURS = {"success": "green", "failed": "red", "upstream_failed": "red", "up_for_retry": "yellow", "running": "cyan"}


def run_dag(state: State, dag_id: str, conf: str | None) -> bool:
    """
    Return whether the run that this starts ended well; its progress is shown all the while.

    *conf* is a JSON object with the DAG's parameters.

    Raises:
        BadInputError: there is no such DAG, *conf* is not what it wants, or nothing runs here.

    """
    parameters = _parameters(conf)
    console = Console(highlight=False)
    api = AirflowApi(state)
    _find(api, dag_id)
    for error in api.import_errors():
        console.print(f"[yellow]warning:[/] {_sentence(error)}", soft_wrap=True)
    if api.unpause(dag_id):
        console.print(f"{dag_id} was paused and runs from now on")
    run_id = api.trigger(dag_id, parameters)
    url = f"{api.url}/dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}"
    console.print(f"{dag_id} runs: {url}", soft_wrap=True)
    try:
        ended = _watch(api, dag_id, run_id, console)
    except KeyboardInterrupt:
        console.print(f"no longer watched; the run goes on: {url}", soft_wrap=True)
        sys.exit(INTERRUPTED)
    instances = api.task_instances(dag_id, run_id)
    console.print(_table(instances))
    for instance in instances:
        if instance["state"] == "failed":
            console.print(f"[red]The end of the log of {_name(instance)}:[/]")
            for line in api.log_lines(dag_id, run_id, instance)[-LOG_LINES:]:
                console.print(f"  {line}", markup=False, soft_wrap=True)
    console.print(f"{dag_id}: [{COLOURS[ended]}]{ended}[/]")
    return ended == "success"


def _parameters(conf: str | None) -> Mapping[str, Any]:
    if not conf:
        return {}
    example = "CONF='{\"upper_bound\": 20}'"
    try:
        found = json.loads(conf)
    except json.JSONDecodeError as error:
        msg = f"CONF is not valid JSON, character {error.pos + 1}: {error.msg}; an example: {example}, got {conf}"
        raise BadInputError(msg) from None
    if not isinstance(found, dict):
        msg = f"CONF must be a JSON object, for example {example}, got {conf}"
        raise BadInputError(msg)
    return found


def _find(api: AirflowApi, dag_id: str) -> None:
    end = time.monotonic() + NEW_DAG_SEC
    while dag_id not in (known := api.dag_ids()):
        # A misspelt name is told at once.
        if time.monotonic() > end or "did you mean" in nearest(dag_id, known):
            broken = "".join(f"; {_sentence(error)}" for error in api.import_errors())
            msg = f"DAG {dag_id!r} is not in dags/; {nearest(dag_id, known)}{broken}"
            raise BadInputError(msg)
        time.sleep(PAUSE_SEC)


def _sentence(error: Mapping[str, Any]) -> str:
    """Return file, line and reason of an import error."""
    trace = error["stack_trace"].strip()
    name = PurePath(error["filename"]).name
    lines = re.findall(rf'File "[^"]*{re.escape(name)}", line (\d+)', trace)
    where = f"dags/{error['filename']}" + (f", line {lines[-1]}" if lines else "")
    return f"{where}, has no DAG that can be read: {trace.splitlines()[-1]}"


def _watch(api: AirflowApi, dag_id: str, run_id: str, console: Console) -> str:
    """Print a line for each state that a task comes to, until the run ends, and return the run's state."""
    seen: dict[tuple[str, int], tuple[str | None, int]] = {}
    began = time.monotonic()
    while True:
        state: str = api.run(dag_id, run_id)["state"]
        for instance in api.task_instances(dag_id, run_id):
            key, now = (instance["task_id"], instance["map_index"]), (instance["state"], instance["try_number"])
            if now[0] and seen.get(key) != now:
                attempt = f", try {now[1]}" if now[1] > 1 else ""
                colour = COLOURS.get(now[0], "default")
                console.print(f"{time.monotonic() - began:6.1f} s  {_name(instance)}: [{colour}]{now[0]}[/]{attempt}")
            seen[key] = now
        if state in ("success", "failed"):
            return state
        time.sleep(PAUSE_SEC)


def _table(instances: list[dict[str, Any]]) -> Table:
    table = Table("task", "state", "tries", "seconds", box=None)
    for instance in sorted(instances, key=lambda each: (each["end_date"] or "9", each["task_id"])):
        seconds = "" if instance["duration"] is None else f"{instance['duration']:.1f}"
        state = instance["state"] or "not started"
        table.add_row(
            _name(instance), f"[{COLOURS.get(state, 'default')}]{state}[/]", str(instance["try_number"]), seconds
        )
    return table


def _name(instance: Mapping[str, Any]) -> str:
    mapped = f" {instance['map_index']}" if instance["map_index"] >= 0 else ""
    return f"{instance['task_id']}{mapped}"
