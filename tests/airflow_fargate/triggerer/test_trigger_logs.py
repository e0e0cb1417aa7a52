"""Promises of how the triggerer hears what its triggers log."""

import textwrap
from pathlib import Path
from typing import Any

from tests.airflow_fargate.container import last_json, run_with_airflow

LINES = 400

TRIGGERER = r"""
import atexit, json, os, socket, subprocess
from pathlib import Path
from types import SimpleNamespace
import psutil, structlog
from airflow.jobs.triggerer_job_runner import TriggerLoggingFactory, messages
from airflow.sdk.execution_time.comms import _RequestFrame
from airflow.sdk.execution_time.supervisor import PsutilTracker
from airflow_fargate.triggerer.supervisor import TriggererSupervisor

FILE = Path(os.environ["AIRFLOW_HOME"], "trigger.log")
ours, theirs = zip(*(socket.socketpair() for _ in range(4)))
stdin, its_stdin = socket.socketpair()
runner = subprocess.Popen(["sleep", "60"])
atexit.register(runner.kill)
process = PsutilTracker(psutil.Process(runner.pid))
log = structlog.get_logger()
supervisor = TriggererSupervisor(id=1, capacity=1, pid=runner.pid, stdin=stdin, process=process, process_log=log)
supervisor._register_pipe_readers(*ours, data={})
requests, logs = theirs[2], theirs[3]

uploaded = []
TriggerLoggingFactory.upload_to_remote = lambda _: uploaded.append(written())
supervisor.logger_cache[7] = TriggerLoggingFactory(log_path=str(FILE), ti=None)

def say(lines):
    line = {"trigger_id": 7, "level": "info", "event": "what the container prints", "task_id": "x" * 100}
    # At once: the socket holds fewer single lines.
    logs.sendall((json.dumps(line).encode() + b"\n") * lines)

def written():
    return len(FILE.read_text().splitlines())

def end():
    body = messages.TriggerStateChanges(finished=[7]).model_dump()
    requests.sendall(_RequestFrame(id=1, body=body).as_bytes())
"""


def test_all_that_has_been_logged_is_read_in_one_turn(tmp_path: Path) -> None:
    """Triggers wait while nobody reads, and a turn asks the database."""
    actions = f"""
        say({LINES})
        supervisor._service_subprocess(1)
        print(json.dumps(written()))
    """

    assert _printed(actions, tmp_path) == LINES


def test_a_log_is_uploaded_with_all_that_its_trigger_has_logged(tmp_path: Path) -> None:
    """That it has ended may be heard before its last words are."""
    actions = f"""
        say({LINES})
        end()
        while not uploaded:
            supervisor._service_subprocess(1)
        print(json.dumps(uploaded))
    """

    assert _printed(actions, tmp_path) == [LINES]


def test_a_turn_in_which_there_is_nothing_left_to_read_does_not_wait(tmp_path: Path) -> None:
    """The end of one trigger has had the log read, and the same turn knows of it as unread."""
    actions = """
        say(1)
        end()
        supervisor.selector = SimpleNamespace(select=lambda timeout, select=supervisor.selector.select: sorted(
            select(timeout), key=lambda each: each[0].fileobj is ours[3]
        ))
        supervisor._service_subprocess(1)
        print(json.dumps([uploaded, written()]))
    """

    assert _printed(actions, tmp_path) == [[1], 1]


def test_the_end_of_the_triggers_process_is_noticed(tmp_path: Path) -> None:
    """Its sockets are let go, its last words are kept, and a request that is read later finds no log to read."""
    actions = """
        say(1)
        logs.close()
        while ours[3] in supervisor._open_sockets:
            supervisor._service_subprocess(1)
        end()
        while not uploaded:
            supervisor._service_subprocess(1)
        print(json.dumps([uploaded, written()]))
    """

    assert _printed(actions, tmp_path) == [[1], 1]


def test_a_line_of_a_log_does_not_say_again_whose_log_it_is(tmp_path: Path) -> None:
    """The name of the file says so; a third of each line of a container's output is less to write and to read."""
    actions = """
        from airflow_fargate.triggerer.runner import TriggerLog
        supervisor.logger_cache[7] = TriggerLog(log_path=str(FILE), ti=None)
        say(1)
        supervisor._service_subprocess(1)
        print(json.dumps(sorted(json.loads(FILE.read_text()))))
    """

    assert _printed(actions, tmp_path) == ["event", "level", "timestamp"]


def test_the_triggerer_has_this_supervisor_and_no_other_process_does(tmp_path: Path) -> None:
    """It takes the place of Airflow's."""
    script = """
import json, runpy, sys
found = {}
for process in ("dag-processor", "triggerer"):
    sys.argv = ["process.py", process, "--help"]
    try:
        runpy.run_module("airflow_fargate.process", run_name="__main__")
    except SystemExit:
        from airflow.jobs import triggerer_job_runner
        found[process] = triggerer_job_runner.TriggerRunnerSupervisor.__module__
print(json.dumps(found))
"""
    assert last_json(run_with_airflow(script, tmp_path)) == {
        "dag-processor": "airflow.jobs.triggerer_job_runner",
        "triggerer": "airflow_fargate.triggerer.supervisor",
    }


def _printed(actions: str, home: Path) -> Any:  # noqa: ANN401 any JSON
    return last_json(run_with_airflow(TRIGGERER + textwrap.dedent(actions), home))
