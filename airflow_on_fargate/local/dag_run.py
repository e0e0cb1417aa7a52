"""Trigger a DAG, watch its tasks, and report the result."""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from airflow_on_fargate.interruption import INTERRUPTED, after_interrupt
from airflow_on_fargate.local.airflow_api import AirflowApi
from airflow_on_fargate.local.dag_files import check_dag, wait_until_read
from airflow_on_fargate.local.logical_date import check_logical_date, logical_date
from airflow_on_fargate.local.push_hint import push_hint
from airflow_on_fargate.local.restart import restart_hint
from airflow_on_fargate.local.state import DAGS, State
from airflow_on_fargate.project import project_folder
from constructs_lib.shared.bad_input import BadInputError, shown

PAUSE_SEC = 0.5
LOG_LINES = 20
LOGS = 3
PIPE_WIDTH = 200
"""The width without a terminal, so that no table is cut."""
COLOURS = {"success": "green", "failed": "red", "upstream_failed": "red", "up_for_retry": "yellow", "running": "cyan"}


def run_dag(state: State, dag_id: str, conf: str | None, date: str | None = None) -> bool:
    """
    Start a run, show its progress until it ends, and return whether it succeeded.

    *conf* is a JSON object with the DAG's parameters. *date* is the run's logical date, by default now. Ctrl-C ends the
    program with 130, and the run continues.

    Raises:
        BadInputError: there is no such DAG, it cannot run with *conf* or for *date*, or the stack does not run.

    """
    parameters, moment = _parameters(conf), logical_date(date)
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    with after_interrupt("no run was started"), console.status("Asking Airflow"):
        api = AirflowApi(state)
        if not state.dag_bundle.exists():
            wait_until_read(api, state.volumes[DAGS], state.ready.stat().st_mtime)
        for hint in filter(None, (restart_hint(state, project_folder()), push_hint(state, project_folder()))):
            console.print(f"[yellow]warning:[/] {escape(hint)}", soft_wrap=True)
        check_dag(api, dag_id, console)
        check_logical_date(api, dag_id, moment)
    with after_interrupt(f"whether a run of {dag_id} was started is not known: {api.url} shows it"):
        run = DagRun(api, dag_id, api.trigger(dag_id, parameters, moment), console)
    try:
        return run.follow()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


@dataclass(frozen=True)
class DagRun:
    """A triggered run, and the console that shows it."""

    api: AirflowApi
    dag_id: str
    run_id: str
    console: Console

    def follow(self) -> bool:
        """Show each task until the run ends, and the logs of failed ones; return whether the run succeeded."""
        url = f"{self.api.url}/dags/{quote(self.dag_id, safe='')}/runs/{quote(self.run_id, safe='')}"
        try:
            # After the trigger, so that a refused run changes nothing.
            if self.api.unpause(self.dag_id):
                self.console.print(f"{self.dag_id} was paused and is now unpaused")
            self.console.print(f"{self.dag_id} runs: {url}", soft_wrap=True)
            ended = self._watch()
            instances = self.api.task_instances(self.dag_id, self.run_id)
            self.console.print(_table(instances))
            self._show_logs([each for each in instances if each["state"] == "failed"])
        except KeyboardInterrupt:
            self.console.print(f"stopped watching; the run continues: {url}", soft_wrap=True)
            raise
        self.console.print(f"{self.dag_id}: {_coloured(ended)}")
        return ended == "success"

    def _watch(self) -> str:
        """Print a line for each new state of a task, with the running tasks below, and return the run's last state."""
        seen: dict[str, object] = {}
        began = time.monotonic()
        with Live(console=self.console, auto_refresh=False, transient=True) as live:
            while True:
                asked = time.monotonic()
                state: str = self.api.run(self.dag_id, self.run_id)["state"]
                instances = self.api.task_instances(self.dag_id, self.run_id)
                for each in instances:
                    now = (each["state"], each["try_number"])
                    if each["state"] and seen.get(_name(each)) != now:
                        self.console.print(f"{asked - began:6.1f} s  {_line(each)}", soft_wrap=True)
                    seen[_name(each)] = now
                live.update(
                    _table([each for each in instances if each["state"] in ("running", "deferred")]), refresh=True
                )
                if state in ("success", "failed"):
                    return state
                # An answer about thousands of tasks takes Airflow a while; a shorter pause would load it.
                time.sleep(max(PAUSE_SEC, time.monotonic() - asked))

    def _show_logs(self, failed: Sequence[Mapping[str, Any]]) -> None:
        for each in failed[:LOGS]:
            self.console.print(f"[red]Last lines of the log of {_name(each)}:[/]")
            try:
                lines = self.api.log_lines(self.dag_id, self.run_id, each)
            except BadInputError as error:
                lines = [str(error)]
            for line in lines[-LOG_LINES:]:
                self.console.print(f"  {line}", markup=False, soft_wrap=True)
        if failed[LOGS:]:
            self.console.print(f"{len(failed[LOGS:])} more tasks failed; their logs are in the UI")


def _parameters(conf: str | None) -> Mapping[str, Any]:
    if not conf:
        return {}
    requirement = f"must be a JSON object, for example CONF='{{\"upper_bound\": 20}}', got {shown(conf)}"
    try:
        found = json.loads(conf)
        # Python accepts NaN, Infinity and 1e999, which JSON does not have.
        json.dumps(found, allow_nan=False)
    except json.JSONDecodeError as error:
        msg = f"CONF is not valid JSON, character {error.pos + 1}: {error.msg}; it {requirement}"
        raise BadInputError(msg) from None
    except RecursionError:
        msg = f"CONF is nested too deep; it {requirement}"
        raise BadInputError(msg) from None
    except ValueError:
        msg = f"CONF has NaN, Infinity or a number with too many digits, which JSON does not have; it {requirement}"
        raise BadInputError(msg) from None
    if not isinstance(found, dict):
        msg = f"CONF {requirement}"
        raise BadInputError(msg)
    return found


def _line(instance: Mapping[str, Any]) -> str:
    took = f" in {instance['duration']:.1f} s" if instance["end_date"] and instance["duration"] else ""
    attempt = f", try {instance['try_number']}" if instance["try_number"] > 1 else ""
    return f"{_name(instance)}: {_coloured(instance['state'])}{took}{attempt}"


def _table(instances: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("task", "state", "tries", "seconds", box=None, show_header=bool(instances))
    for each in sorted(instances, key=lambda each: (each["end_date"] or "9", each["task_id"], each["map_index"])):
        table.add_row(_name(each), _coloured(each["state"] or "not started"), str(each["try_number"]), _seconds(each))
    return table


def _seconds(instance: Mapping[str, Any]) -> str:
    if instance["duration"] is not None:
        return f"{instance['duration']:.1f}"
    if not instance["start_date"]:
        return ""
    return f"{(datetime.now(UTC) - datetime.fromisoformat(instance['start_date'])).total_seconds():.0f}"


def _name(instance: Mapping[str, Any]) -> str:
    mapped = f"[{instance['map_index']}]" if instance["map_index"] >= 0 else ""
    return f"{instance['task_id']}{mapped}"


def _coloured(state: str) -> str:
    return f"[{COLOURS.get(state, 'default')}]{state}[/]"
