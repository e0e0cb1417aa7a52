"""Run the example DAGs, a few at a time, and record how each ended."""

import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from airflow_on_fargate.local.airflow_api import AirflowApi
from benchmarks.examples.exceptions import CONF, ENDS_FAILED, NOT_RUN, TRIGGERED, WAITS_FOR
from constructs_lib.shared.bad_input import BadInputError

PACKAGES = {"core": "airflow.example_dags", "standard": "airflow.providers.standard.example_dags"}
"""The packages with example DAGs, by the folder in `dags/` that gets their files."""
PLUGINS = "airflow.example_dags.plugins"
AT_ONCE = 6
"""Runs at a time: one worker cannot run all examples at once within their own time limits."""
LIMIT_SEC = 600
QUIET_SEC = 20
POLL_SEC = 1


@dataclass(frozen=True)
class Example:
    """
    How the run of a DAG ended.

    *state* is Airflow's, or the sentence why the run did not start; *tasks* counts task instances by their state.
    """

    dag_id: str
    state: str
    tasks: dict[str, int]
    seconds: float

    @property
    def is_expected(self) -> bool:
        """Whether it ended as expected of this DAG."""
        return self.state == ("failed" if self.dag_id in ENDS_FAILED else "success")


def copy_examples(folder: Path) -> tuple[Path, Path]:
    """Copy the example DAGs and the plugins that some of them need below *folder*, and return where both are."""
    dags, plugins = folder / "dags", folder / "plugins"
    for name, package in PACKAGES.items():
        ignored = shutil.ignore_patterns("__pycache__", "libs", "plugins")
        shutil.copytree(_folder(package), dags / name, ignore=ignored)
    plugins.mkdir()
    # DAGs name the plugins' classes by their place in Airflow, so that is where they are registered from.
    imports = [f"from {PLUGINS}.{each.name} import *\n" for each in iter_modules([str(_folder(PLUGINS))])]
    (plugins / "examples.py").write_text("".join(imports))
    return dags, plugins


def wait_for_examples(api: AirflowApi) -> list[str]:
    """
    Return the ids of the example DAGs, once Airflow has read all files.

    Raises:
        ValueError: a file could not be read, or a DAG with an exception is not among the examples any more.

    """
    known: list[str] = []
    unchanged_since = time.monotonic()
    while time.monotonic() - unchanged_since < QUIET_SEC or not known:
        time.sleep(POLL_SEC)
        if (found := api.dag_ids()) != known:
            known, unchanged_since = found, time.monotonic()
    if errors := api.import_errors():
        last = errors[0]["stack_trace"].strip().splitlines()[-1]
        msg = f"{errors[0]['filename']} cannot be read: {last}"
        raise ValueError(msg)
    if gone := sorted({*NOT_RUN, *ENDS_FAILED, *CONF, *WAITS_FOR, *TRIGGERED} - set(known)):
        msg = f"no example DAG is called {gone[0]!r} any more: delete it from benchmarks/examples/exceptions.py"
        raise ValueError(msg)
    return sorted(known)


def run_examples(api: AirflowApi, dag_ids: list[str]) -> Iterator[Example]:
    """Run *dag_ids*, and yield each as it ends; one that takes too long has the state that it is in by then."""
    waiting, running = list(dag_ids), dict[str, tuple[str, float]]()
    dates = dict[str, datetime]()
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            dag_id = waiting.pop(0)
            api.unpause(dag_id)
            date = dates.setdefault(WAITS_FOR.get(dag_id, dag_id), datetime.now(UTC))
            try:
                running[dag_id] = (api.trigger(dag_id, CONF.get(dag_id, {}), date), time.monotonic())
            except BadInputError as error:
                yield Example(dag_id=dag_id, state=str(error), tasks={}, seconds=0)
        time.sleep(POLL_SEC)
        for dag_id, (run_id, began) in list(running.items()):
            run = api.run(dag_id, run_id)
            if run["state"] in ("success", "failed") or time.monotonic() - began > LIMIT_SEC:
                if dag_id not in TRIGGERED:
                    # Its schedule would start runs of its own.
                    api.pause(dag_id)
                del running[dag_id]
                yield _example(dag_id, run, api.task_instances(dag_id, run_id))


def _example(dag_id: str, run: dict[str, Any], instances: list[dict[str, Any]]) -> Example:
    began, ended = (run[key] and datetime.fromisoformat(run[key]) for key in ("start_date", "end_date"))
    return Example(
        dag_id=dag_id,
        state=run["state"],
        tasks=dict(sorted(Counter(str(each["state"]) for each in instances).items())),
        seconds=(ended - began).total_seconds() if ended else LIMIT_SEC,
    )


def _folder(package: str) -> Path:
    """Return where *package* is, without importing it, which would import what a plugin needs."""
    parent, _, name = package.rpartition(".")
    return Path(import_module(parent).__path__[0], name)
