"""Promises of the supervisor of a task that no test of a running worker keeps."""

import signal
from pathlib import Path

import pytest

from tests.airflow_fargate.container import last_json, run_with_airflow

WAITS = """
import json
from airflow_fargate.hand_back import ActivitySubprocess, Supervisor

waits = []
ActivitySubprocess._service_subprocess = lambda self, max_wait_time, **_: waits.append(max_wait_time)
supervisor = object.__new__(Supervisor)
for sockets in ({"socket": "stdout"}, {}):
    supervisor._open_sockets = sockets
    supervisor._service_subprocess(max_wait_time=1)
print(json.dumps(waits))
"""


def test_a_slot_is_free_as_soon_as_the_tasks_process_has_ended(tmp_path: Path) -> None:
    """Once the process has nothing more to say, its end is looked for all the time, not at the next heartbeat."""
    assert last_json(run_with_airflow(WAITS, tmp_path)) == [1, 0.02]


RUNS = """
import os, signal
from types import SimpleNamespace
from airflow.sdk.execution_time import task_runner
from airflow_fargate import hand_back

def end():
    os.kill(os.getpid(), hand_back.END)

def execute(context):
    print("executed", flush=True)
    if {when!r} == "while it executes":
        end()
    if {when!r} == "after it has failed":
        raise ValueError("no such file")

def runs():
    try:
        task_runner._run_execute_callable({{}}, execute, SimpleNamespace(execution_timeout=None))
    except ValueError:
        pass
    end()
    print("reported", flush=True)

hand_back._subprocess_main = runs
hand_back.run_task()
"""


@pytest.mark.parametrize("when", ["after it has succeeded", "after it has failed"])
def test_a_task_that_has_run_to_its_end_is_not_ended(tmp_path: Path, when: str) -> None:
    """The time may be over between its last line of code and its report: it would run a second time."""
    ended = run_with_airflow(RUNS.format(when=when), tmp_path)

    assert (ended.returncode, ended.stdout.split()) == (0, ["executed", "reported"]), ended.stderr


def test_a_task_that_runs_is_ended(tmp_path: Path) -> None:
    """Its process dies by the signal, and reports nothing."""
    ended = run_with_airflow(RUNS.format(when="while it executes"), tmp_path)

    assert ended.returncode == -signal.SIGUSR2, ended.stderr
    assert ended.stdout.startswith("executed\n")
    assert "reported" not in ended.stdout
