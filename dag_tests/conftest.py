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

from airflow_on_fargate.dags.dag_environment import dag_environment, without_airflow
from airflow_on_fargate.local.airflow_packages import packages_folder
from airflow_on_fargate.local.state import State
from airflow_on_fargate.project_stages import find_stage, load_stages
from constructs_lib.push_image.product_files import link_library

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.dag_processing.dagbag import DagBag

PROJECT = Path(__file__).parents[1]
STAGES = load_stages(None)
STAGE = os.environ.get("STAGE") or next(iter(STAGES))
SETTINGS = find_stage(STAGES, STAGE)
HOME = tempfile.TemporaryDirectory(prefix="dag-tests-")
VARIABLES = dag_environment(SETTINGS, project=PROJECT, tasks=PROJECT / "tasks", home=Path(HOME.name))
"""As of the dag-processor of the stage."""

own = without_airflow(os.environ)
os.environ.clear()
os.environ |= own | VARIABLES
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
