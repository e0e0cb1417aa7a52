"""A copy of the project whose stack runs on this machine, as `make local` runs it."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from airflow_on_fargate.local.access_keys import owner_key
from airflow_on_fargate.local.agent import registered_launch
from airflow_on_fargate.local.airflow_api import AirflowApi
from airflow_on_fargate.local.credentials import client
from airflow_on_fargate.local.launch import Agent
from airflow_on_fargate.local.machine import Machine
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.supervisor import Supervisord
from benchmarks.killing import kill_with_children
from tests.clone import PROJECT, Clone
from tests.measured import measured

UNSET = ("DATABASE_URL", "PORT")


@dataclass(frozen=True)
class Stack:
    """The stack that runs in *folder*; *environment* is that of its commands."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def state(self) -> State:
        """Its state."""
        return State(self.folder / ".local")

    @property
    def ready(self) -> Mapping[str, str]:
        """What it says when it is ready."""
        found: Mapping[str, str] = json.loads(self.state.ready.read_text())
        return found

    @property
    def url(self) -> str:
        """Where its UI is."""
        return self.ready["url"]

    @property
    def user(self) -> str:
        """Who may log in."""
        return self.ready["user"]

    @property
    def password(self) -> str:
        """The user's password."""
        return (self.folder / self.ready["password_file"]).read_text().strip()

    @property
    def start_output(self) -> Path:
        """What the start has printed."""
        return self.folder / "start.txt"

    @property
    def supervisor(self) -> Supervisord:
        """What runs its programs."""
        return Supervisord(self.state)

    def is_healthy(self) -> bool:
        """Whether the UI answers."""
        try:
            return httpx.get(f"{self.url}/api/v2/version", trust_env=False).is_success
        except httpx.TransportError:
            return False

    @property
    def api(self) -> AirflowApi:
        """Airflow's API."""
        return AirflowApi(self.state)

    def client(self, service: str) -> Any:  # noqa: ANN401 boto3 creates its classes at run time
        """Return a client of AWS's that acts as the account's owner."""
        endpoint = self.ready["aws_endpoint_url"]
        return client(service, key=owner_key(self.state), endpoint=endpoint, region="us-east-1")

    def command(self, *arguments: str, limit_sec: float = 200) -> subprocess.CompletedProcess[str]:
        """Run `airflow-fargate local` with *arguments*."""
        return self.run("local", *arguments, limit_sec=limit_sec)

    def run(self, *arguments: str, limit_sec: float = 200) -> subprocess.CompletedProcess[str]:
        """Run `airflow-fargate` with *arguments*."""
        environment = {name: value for name, value in self.environment.items() if name not in UNSET}
        return subprocess.run(
            [sys.executable, "-m", "airflow_on_fargate", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=limit_sec,
        )

    def wait_until_known(self, *dag_ids: str, limit_sec: float = 20) -> float:
        """Return after how many seconds the DAGs are known."""
        began = time.monotonic()
        while not set(dag_ids) <= set(self.api.dag_ids()):
            assert time.monotonic() - began < limit_sec, self.api.import_errors()
            time.sleep(0.2)
        return time.monotonic() - began

    def kill(self, program: str) -> None:
        """Kill a program with all that it has started, as a machine that breaks does."""
        kill_with_children(self.supervisor.process_ids()[program])

    def trigger(self, dag_id: str) -> str:
        """Start a run and return its id."""
        api = self.api
        api.unpause(dag_id)
        return api.trigger(dag_id, {})

    def mark(self, dag_id: str, run_id: str, how: str) -> None:
        """Mark a run as `failed` or `success`, or clear its tasks (`cleared`), as a user does in the UI."""
        dag = f"/api/v2/dags/{dag_id}"
        if how == "cleared":
            asked = {"dry_run": False, "dag_run_id": run_id, "only_failed": False}
            answer = self.api._ask("POST", f"{dag}/clearTaskInstances", json=asked)
        else:
            answer = self.api._ask("PATCH", f"{dag}/dagRuns/{quote(run_id, safe='')}", json={"state": how})
        assert answer.is_success, answer.text

    def wait_for_run(self, dag_id: str, run_id: str, *, limit_sec: float = 120) -> dict[str, dict[str, Any]]:
        """Return the task instances of a run that has ended, by their task."""
        api, end = self.api, time.monotonic() + limit_sec
        while api.run(dag_id, run_id)["state"] not in ("success", "failed"):
            assert time.monotonic() < end, api.task_instances(dag_id, run_id)
            time.sleep(0.3)
        return {each["task_id"]: each for each in api.task_instances(dag_id, run_id)}

    def wait_for_state(self, dag_id: str, run_id: str, task_id: str, state: str, *, limit_sec: float = 60) -> None:
        """Wait until the task is in that state."""
        api, end = self.api, time.monotonic() + limit_sec
        while True:
            states = {each["task_id"]: each["state"] for each in api.task_instances(dag_id, run_id)}
            if states[task_id] == state:
                return
            assert time.monotonic() < end, states
            time.sleep(0.2)

    def wait_for_log_line(self, dag_id: str, run_id: str, task_id: str, text: str, *, limit_sec: float = 60) -> None:
        """Wait until a line of the task's log has that text."""
        api, end = self.api, time.monotonic() + limit_sec
        while True:
            [task] = [each for each in api.task_instances(dag_id, run_id) if each["task_id"] == task_id]
            lines = api.log_lines(dag_id, run_id, task)
            if any(text in each for each in lines):
                return
            assert time.monotonic() < end, lines
            time.sleep(0.2)

    def environment_of(self, family: str, container: str) -> dict[str, str]:
        """Return the environment that ECS' agent makes for a container, of the task definition that is registered."""
        machine = Machine.read(self.state)
        agent = Agent(state=self.state, endpoint=machine.endpoint, region="us-east-1", containers=False)
        return dict(registered_launch(agent, family, container).environment)


def copy_project(folder: Path) -> Path:
    """Copy to *folder* what `make local` needs of the project, with the DAGs and tasks of `tests/local/sample`."""
    Clone.make(folder)
    shutil.copytree(PROJECT / "tests/local/sample", folder, dirs_exist_ok=True)
    shutil.copy(PROJECT / "benchmarks/dags/faults.py", folder / "dags/broken_parts.py")
    shutil.copytree(PROJECT / "benchmarks/tasks/sleep", folder / "tasks/sleep")
    return folder


@contextmanager
def running(project: Path, *options: str) -> Iterator[Stack]:
    """Run the stack of a copied *project*."""
    with measured(os.environ, project=project) as environment:
        stack = Stack(project, environment)
        try:
            started = stack.command("up", "--detach", *options, limit_sec=500)
            assert started.returncode == 0, started.stdout[-4000:] + started.stderr[-4000:]
            stack.start_output.write_text(started.stdout)
            yield stack
        finally:
            if stack.supervisor.is_running():
                stack.command("down")
