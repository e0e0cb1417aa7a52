"""Every DAG of `dags/`, read as the dag-processor reads it."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.airflow.environment import environment
from tests.airflow.test_environment import STAGE
from tests.programs import code
from tests.requirements_of_machine import require

pytestmark = pytest.mark.airflow

PROJECT = Path(__file__).parents[1]
PARSE_LIMIT_SEC = 1.0


@pytest.fixture(name="dags", scope="module")
def _dags(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what Airflow's own DagBag says, with the environment that the dag-processor has."""
    require("Airflow", present=importlib.util.find_spec("airflow") is not None)
    variables = {
        name: value for name, value in environment("dag-processor", STAGE).items() if "AIRFLOW_FARGATE" in name
    }
    run = subprocess.run(
        [sys.executable, "-c", code("read_dags"), str(PROJECT / "dags")],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PROJECT / "docker"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
            **variables,
            "AIRFLOW_FARGATE_TASKS_FOLDER": str(PROJECT / "tasks"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


def test_every_dag_can_be_read(dags: dict[str, Any]) -> None:
    """Every file of `dags/` can be imported."""
    assert dags["errors"] == {}
    assert len(dags["seconds"]) == len(list((PROJECT / "dags").glob("*.py")))


def test_a_dag_uses_nothing_that_airflow_is_about_to_remove(dags: dict[str, Any]) -> None:
    """No DAG causes a deprecation warning."""
    assert dags["warnings"] == {}


def test_a_dag_is_read_within_a_second(dags: dict[str, Any]) -> None:
    """Each DAG file is parsed within a second."""
    assert {file: seconds for file, seconds in dags["seconds"].items() if seconds >= PARSE_LIMIT_SEC} == {}


def test_the_sample_runs_odd_and_even_numbers_side_by_side(dags: dict[str, Any]) -> None:
    """The sample runs two scripts in parallel, then a join, then a task on a worker."""
    assert dags["graphs"]["Test_Dag"] == {
        "start_process": ["even_task", "odd_task"],
        "odd_task": ["numbers_task"],
        "even_task": ["numbers_task"],
        "numbers_task": ["on_worker_task"],
        "on_worker_task": [],
    }
    assert dags["commands"] == {
        "Test_Dag.odd_task": ["python", "odd_numbers.py", "{{ params.upper_bound }}"],
        "Test_Dag.even_task": ["python", "even_numbers.py", "{{ params.upper_bound }}"],
        "Test_Dag.numbers_task": None,
    }
