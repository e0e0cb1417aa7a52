"""The stack on this machine, as `make local` runs it: throughput, on-demand tasks, start, memory."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Literal

from airflow_on_fargate.local.airflow_api import AirflowApi
from airflow_on_fargate.local.ports import free_port
from airflow_on_fargate.local.state import State
from benchmarks.measure import environment, family_megabytes
from benchmarks.project import copy_project
from benchmarks.result import Outcome, Result

DAGS = Path(__file__).with_name("dags")
TASKS = Path(__file__).with_name("tasks")
NO_OPS = 200
ON_DEMAND = 100
ON_DEMAND_SEC = 20
IDLE_SEC = 20

AIRFLOW_DEFAULTS = Path(__file__).with_name("airflow_defaults.py")


class Running:
    """The stack that runs in *project*."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self.state = State(project / ".local")

    def command(self, *arguments: str) -> float:
        """Run a command of the local stack and return the seconds; end the benchmarks with its output if it fails."""
        begin = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "airflow_on_fargate", "local", *arguments],
            cwd=self._project,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                output, errors = process.communicate()
            except KeyboardInterrupt:
                # Ctrl-C has reached the command too, which stops what it has started.
                process.communicate()
                raise
        if process.returncode:
            sys.exit(f"airflow-fargate local {' '.join(arguments)} failed:\n{output}{errors}")
        return time.perf_counter() - begin

    def run_seconds(self, dag_id: str, conf: Mapping[str, object] | None = None) -> float:
        """Run the DAG with *conf* and return its seconds, as Airflow reports them."""
        api = AirflowApi(self.state)
        while dag_id not in api.dag_ids():
            time.sleep(1)
        api.unpause(dag_id)
        run_id = api.trigger(dag_id, dict(conf or {}))
        while (run := api.run(dag_id, run_id))["state"] not in ("success", "failed"):
            time.sleep(1)
        if run["state"] != "success":
            sys.exit(f"{dag_id} failed: {api.url}")
        return (datetime.fromisoformat(run["end_date"]) - datetime.fromisoformat(run["start_date"])).total_seconds()

    def megabytes(self) -> float:
        """Return the sum of all programs' memory; pages that they share count once."""
        process_id = int((self.state.folder / "supervisord.pid").read_text())
        return family_megabytes(process_id)


@contextmanager
def running(
    folder: Path,
    *,
    stages: str | None = None,
    dags: Path = DAGS,
    plugins: Path | None = None,
    prepare: Callable[[Path], None] = lambda _: None,
    containers: bool = False,
) -> Iterator[Running]:
    """
    Run a copy of the project in *folder*, with *dags*, *plugins* and the benchmarks' tasks.

    *stages* is its `stages.py`. *prepare* is called with the copy before the start. With *containers*, Airflow runs in
    containers of the built image.
    """
    project = copy_project(folder)
    shutil.copytree(dags, project / "dags", dirs_exist_ok=True)
    shutil.copytree(TASKS, project / "tasks", dirs_exist_ok=True)
    if plugins:
        shutil.copytree(plugins, project / "plugins", dirs_exist_ok=True)
    if stages:
        (project / "stages.py").write_text(stages)
    prepare(project)
    stack = Running(project)
    # Not the port of a stack that may already run on this machine.
    options = ["--containers"] if containers else []
    try:
        stack.command("up", "--detach", "--port", str(free_port()), *options)
    except KeyboardInterrupt:
        # It had started before.
        with suppress(SystemExit):
            stack.command("down")
        raise
    try:
        yield stack
    finally:
        stack.command("down")


def measure(folder: Path) -> Outcome:
    """Measure in copies below *folder*; it takes up to half an hour."""
    with running(folder / "airflows", stages=AIRFLOW_DEFAULTS.read_text()) as stack:
        stack.run_seconds("Test_Dag")
        defaults = stack.run_seconds("no_ops")
        print(f"  {NO_OPS} no-op tasks with Airflow's own settings: {defaults:.1f} s", flush=True)
    with running(folder / "ours") as stack:
        stack.command("down")
        start = stack.command("up", "--detach")
        time.sleep(IDLE_SEC)
        megabytes = stack.megabytes()
        stack.run_seconds("Test_Dag")
        sample = min(stack.run_seconds("Test_Dag") for _ in range(3))
        print(f"  start {start:.1f} s, {megabytes:.0f} MB, Test_Dag {sample:.1f} s", flush=True)
        no_ops = stack.run_seconds("no_ops")
        print(f"  {NO_OPS} no-op tasks: {no_ops:.1f} s", flush=True)
        deferred = stack.run_seconds("deferred")
        print(f"  {ON_DEMAND} on-demand tasks, deferred: {deferred:.1f} s", flush=True)
        blocking = stack.run_seconds("blocking")
        print(f"  {ON_DEMAND} on-demand tasks, blocking: {blocking:.1f} s", flush=True)
    seconds = {
        f"{NO_OPS} no-op tasks, Airflow's settings": defaults,
        f"{NO_OPS} no-op tasks": no_ops,
        f"{ON_DEMAND} on-demand tasks, blocking": blocking,
        f"{ON_DEMAND} on-demand tasks, deferred": deferred,
        "make local": start,
        "Test_Dag": sample,
    }
    return Outcome(_results(seconds, megabytes), seconds)


def _results(seconds: Mapping[str, float], megabytes: float) -> list[Result]:
    defaults, no_ops, blocking, deferred, start, sample = seconds.values()
    return [
        Result(
            what=f"{NO_OPS} no-op tasks on a worker with 4 slots",
            measured=f"{no_ops:.0f} s",
            baseline=f"{defaults:.0f} s: the same stack with Airflow's default settings",
            figure=no_ops / defaults,
            unit="x",
            limit=1 / 2.2,
        ),
        Result(
            what=f"{ON_DEMAND} on-demand tasks of {ON_DEMAND_SEC} s on a worker with 4 slots",
            measured=f"{deferred:.0f} s",
            baseline=f"{blocking:.0f} s: an operator that keeps its slot, as the reference has it",
            figure=deferred / blocking,
            unit="x",
            limit=0.15,
        ),
        _figure("`make local`, set up already, to a healthy UI", start, "s", limit=30),
        _figure("`Test_Dag`, the quickest of three runs", sample, "s", limit=15),
        _figure("all programs of `make local`, idle: memory, shared pages counted once", megabytes, "MB", limit=2000),
    ]


def _figure(what: str, figure: float, unit: Literal["s", "MB"], *, limit: float) -> Result:
    """Return a figure without a baseline."""
    return Result(what=what, measured=f"{figure:.1f} {unit}", baseline="", figure=figure, unit=unit, limit=limit)
