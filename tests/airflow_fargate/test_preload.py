"""Promises of what is imported before a process forks."""

from pathlib import Path

import pytest

from constructs_lib.airflow.environment import environment
from tests.airflow.test_environment import STAGE
from tests.airflow_fargate.container import called, task_starter

XCOM = {name: value for name, value in environment("worker", STAGE).items() if "XCOM" in name}


@pytest.mark.parametrize("process", ["celery", "dag-processor", "triggerer"])
def test_a_child_loads_nothing_that_its_parent_could_have(tmp_path: Path, process: str) -> None:
    """A process that runs a task or reads a DAG file imports no module and reads no description of AWS anew."""
    assert called("preloaded.loaded_by_child", process, **(task_starter(tmp_path) | XCOM)) == [[], []]


def test_botocore_itself_still_reads_a_description_again_for_each_session() -> None:
    """If this fails, botocore shares descriptions between sessions: `preload` need not replace `create_loader`."""
    assert called("preloaded.read_by_botocore_itself") > 0
