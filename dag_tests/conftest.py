"""
Give tests of DAGs the environment of the image, in a temporary folder.

Airflow reads the environment when it is imported, so nothing here may import Airflow earlier. The tests touch neither
`~/airflow` nor the stack of `make local`, and do not call AWS.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from airflow_on_fargate.local.airflow_packages import packages_folder
from airflow_on_fargate.local.state import State
from airflow_on_fargate.project_stages import find_stage, load_stages
from constructs_lib.push_image.product_files import link_library
from constructs_lib.settings.capacity import task_limits
from constructs_lib.settings.task_folder import find_task_folders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.dag_processing.dagbag import DagBag

PROJECT = Path(__file__).parents[1]
STAGES = load_stages(None)
STAGE = os.environ.get("STAGE") or next(iter(STAGES))
SETTINGS = find_stage(STAGES, STAGE)
LIMITS = task_limits(SETTINGS, find_task_folders(PROJECT / "tasks", stage=STAGE))
HOME = tempfile.TemporaryDirectory(prefix="dag-tests-")
VARIABLES = {
    "AIRFLOW_HOME": HOME.name,
    "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME.name}/airflow.db",
    # Where on-demand tasks would be started; names alone.
    "AIRFLOW_FARGATE_ARCHITECTURE": "X86_64",
    "AIRFLOW_FARGATE_CLUSTER": f"airflow-{STAGE}",
    "AIRFLOW_FARGATE_EC2_ARCHITECTURE": "X86_64",
    "AIRFLOW_FARGATE_FAMILY_PREFIX": f"airflow-{STAGE}-",
    "AIRFLOW_FARGATE_LOG_GROUP_PREFIX": f"/airflow-{STAGE}/tasks/",
    "AIRFLOW_FARGATE_MAX_TASK_CPU": str(LIMITS.cpu),
    "AIRFLOW_FARGATE_MAX_TASK_MEMORY_MIB": str(LIMITS.memory_mib),
    "AIRFLOW_FARGATE_QUEUES": ",".join({"default", *SETTINGS.worker_pools}),
    "AIRFLOW_FARGATE_SECURITY_GROUP": "sg-0",
    "AIRFLOW_FARGATE_SUBNETS": "subnet-0",
    "AIRFLOW_FARGATE_TASKS_FOLDER": str(PROJECT / "tasks"),
    # AWS refuses these keys: no test reaches the account that the shell is logged in to.
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_SECRET_ACCESS_KEY": "none",
}
"""As of the dag-processor of the stage."""

for name in [name for name in os.environ if name.startswith(("AIRFLOW", "AWS_"))]:
    del os.environ[name]
os.environ |= VARIABLES
# What the image has in its folder `lib`, and the packages of requirements.txt that `make local` has installed.
LIBRARY = Path(HOME.name, "lib")
link_library(LIBRARY)
sys.path[:0] = [str(LIBRARY), str(packages_folder(State(PROJECT / ".local")))]


@pytest.fixture(scope="session")
def dags() -> "Iterator[DagBag]":
    """Return all DAGs of `dags/`, and create a database in which they can run."""
    from airflow.dag_processing.dagbag import DagBag  # noqa: PLC0415 not before the environment
    from airflow.utils.db import initdb  # noqa: PLC0415 as above

    initdb()
    yield DagBag(PROJECT / "dags")
    HOME.cleanup()
