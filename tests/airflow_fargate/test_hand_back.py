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
from airflow.sdk.exceptions import DagRunTriggerException
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
    if {when!r} == "while Airflow waits for another run":
        raise DagRunTriggerException.__new__(DagRunTriggerException)

def runs():
    try:
        task_runner._run_execute_callable({{}}, execute, SimpleNamespace(execution_timeout=None))
    except (ValueError, DagRunTriggerException):
        pass
    end()
    print("reported", flush=True)

hand_back._subprocess_main = runs
hand_back.run_task(bytearray(1))
"""


REFUSED = """
import json
import httpx
from airflow_fargate import hand_back

def refuse(status):
    def start(**_):
        request = httpx.Request("PATCH", "http://api-server/execution/task-instances/1/run")
        raise httpx.HTTPStatusError("no", request=request, response=httpx.Response(status, request=request))
    return start

raised = []
for status in (403, 500):
    hand_back.Supervisor.start = refuse(status)
    try:
        hand_back.Coordinator().execute_task()
    except Exception as error:
        raised.append(type(error).__name__)
print(json.dumps(raised))
"""


def test_a_message_that_comes_again_when_its_token_has_expired_is_ignored(tmp_path: Path) -> None:
    """Its task may still run and would be killed, so that only another refusal is noted as a failure."""
    assert last_json(run_with_airflow(REFUSED, tmp_path)) == ["TaskAlreadyRunningError", "HTTPStatusError"]


STARTS = """
import select, signal, subprocess, sys
from types import SimpleNamespace
from airflow_fargate import hand_back

code = "import signal, time; signal.signal(signal.SIGUSR2, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
starts = ["sh", "-c", f'{sys.executable} -c "{code}" & wait']
leader = subprocess.Popen(starts, stdout=subprocess.PIPE, start_new_session=True)
leader.stdout.readline()
supervisor = object.__new__(hand_back.Supervisor)
supervisor.pid, supervisor.executed = leader.pid, b"\\0"
supervisor.kill = lambda number, **_: leader.poll() is None and (leader.send_signal(number), leader.wait())
supervisor.selector = SimpleNamespace(select=lambda timeout: [])
supervisor.cleanup_sockets_after_kill = lambda: None
supervisor._end()
# Its end is seen when nobody holds the pipe any more.
print("outlived" if not select.select([leader.stdout], [], [], 5)[0] else "ended")
"""


def test_what_a_task_has_started_does_not_outlive_it(tmp_path: Path) -> None:
    """A program that takes no notice of the signal would run beside the task's next attempt."""
    assert run_with_airflow(STARTS, tmp_path).stdout == "ended\n"


@pytest.mark.parametrize("when", ["after it has succeeded", "after it has failed"])
def test_a_task_that_has_run_to_its_end_is_not_ended(tmp_path: Path, when: str) -> None:
    """The time may be over between its last line of code and its report: it would run a second time."""
    ended = run_with_airflow(RUNS.format(when=when), tmp_path)

    assert (ended.returncode, ended.stdout.split()) == (0, ["executed", "reported"]), ended.stderr


@pytest.mark.parametrize("when", ["while it executes", "while Airflow waits for another run"])
def test_a_task_that_runs_is_ended(tmp_path: Path, when: str) -> None:
    """Its process dies by the signal, and reports nothing."""
    ended = run_with_airflow(RUNS.format(when=when), tmp_path)

    assert ended.returncode == -signal.SIGUSR2, ended.stderr
    assert ended.stdout.startswith("executed\n")
    assert "reported" not in ended.stdout


ENDS = """
import json
from types import SimpleNamespace
from airflow_fargate import hand_back

def supervisor(**attributes):
    made = object.__new__(hand_back.Supervisor)
    for name, value in {"pid": 2**22 + 1, "_exit_code": -9, "_cut_off": True, **attributes}.items():
        setattr(made, name, value)
    return made

def waits(executed):
    waited = []
    kill = lambda number, escalation_delay=0: waited.append((number.name, escalation_delay))
    supervisor(
        kill=kill,
        executed=executed,
        selector=SimpleNamespace(select=lambda timeout: []),
        cleanup_sockets_after_kill=lambda: None,
    )._end()
    return waited

told = ("success", "failed", "skipped", "deferred", "up_for_reschedule")
print(json.dumps({
    "states": [supervisor(_terminal_state=state, _should_retry=True).final_state for state in told],
    "runs": waits(b"\\0"),
    "has executed": waits(b"\\1"),
}))
"""


def test_what_a_task_has_reported_stands_though_its_process_is_killed(tmp_path: Path) -> None:
    """One that has run to its end has longer to report it; callbacks after the report are cut off, not the report."""
    assert last_json(run_with_airflow(ENDS, tmp_path)) == {
        "states": ["success", "failed", "skipped", "deferred", "up_for_reschedule"],
        "runs": [["SIGUSR2", 5], ["SIGKILL", 0]],
        "has executed": [["SIGUSR2", 5], ["SIGUSR2", 8], ["SIGKILL", 0]],
    }


TWO = """
import json, os
from types import SimpleNamespace
from airflow_fargate import hand_back

supervisors = []

def start(target, **_):
    # As a task's process that has run to its end.
    if (process_id := os.fork()) == 0:
        if not supervisors:
            target.args[0][0] = 1
        os._exit(0)
    os.waitpid(process_id, 0)
    supervisors.append(SimpleNamespace(wait=lambda: 0, final_state="success"))
    return supervisors[-1]

hand_back.Supervisor.start = start
for _ in range(2):
    hand_back.Coordinator().execute_task()
print(json.dumps([each.executed[0] for each in supervisors]))
"""


def test_a_supervisor_sees_the_end_of_its_own_task_alone(tmp_path: Path) -> None:
    """Its process says so in memory that no other task has."""
    assert last_json(run_with_airflow(TWO, tmp_path)) == [1, 0]
