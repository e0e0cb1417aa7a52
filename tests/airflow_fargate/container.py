"""A process with what the Airflow image adds to Airflow, in an environment of its own as in a container."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from constructs_lib.airflow.environment import environment
from tests.airflow.test_environment import STAGE
from tests.requirements_of_machine import require

PROJECT = Path(__file__).parents[2]
LIMIT_SEC = 120
# As in the image, where `lib` holds both.
PATHS = os.pathsep.join([str(PROJECT / "docker"), str(PROJECT)])


def run(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python with *arguments* in an environment of *variables*."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env=environment_with(variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_SEC,
    )


PROGRAMS = "tests.airflow_fargate.programs"


def started(function: str, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """Call *function*, such as `xcom.pushed`, of one of the programs in a process of its own, as `run` does."""
    return run("-m", "tests.airflow_fargate.call", f"{PROGRAMS}.{function}", json.dumps(arguments), **variables)


def called(function: str, *arguments: object, **variables: str) -> Any:  # noqa: ANN401 any JSON
    """Return what *function* returns, called as `started` does."""
    return last_json(started(function, *arguments, **variables))


def environment_with(variables: Mapping[str, str]) -> dict[str, str]:
    """Return a container's environment: *variables*, and where the programs and modules of the image are."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {"PATH": programs, "PYTHONPATH": PATHS, **_measured(), **variables}


def _measured() -> dict[str, str]:
    """Return the variables with which coverage measures a process, if it measures this one."""
    if "COVERAGE_PROCESS_CONFIG" not in os.environ:
        return {}
    return {"COVERAGE_PROCESS_START": str(Path(__file__).with_name("coverage.toml")), "COVERAGE_ROOT": str(PROJECT)}


def cpu_sec(*arguments: object, **variables: str) -> float:
    """Run Python as `run` does, to a good end, and return the CPU time of the whole process, in seconds."""
    process = subprocess.Popen(
        [sys.executable, *map(str, arguments)], env=environment_with(variables), stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_utime + used.ru_stime


def task_starter(home: Path) -> dict[str, str]:
    """Return the variables that a process has for on-demand tasks; *home* is Airflow's folder."""
    require("Airflow", present=importlib.util.find_spec("airflow") is not None)
    container_variables = {
        name: value for name, value in environment("dag-processor", STAGE).items() if "AIRFLOW_FARGATE" in name
    }
    return container_variables | {"AIRFLOW_HOME": str(home), "AIRFLOW_FARGATE_TASKS_FOLDER": str(PROJECT / "tasks")}


def last_json(process: subprocess.CompletedProcess[str]) -> Any:  # noqa: ANN401 any JSON
    """Return what *process*, which must have ended well, printed last."""
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout.splitlines()[-1])
