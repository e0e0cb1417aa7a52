"""What tests of the running stack may ask for."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clone import Clone
from tests.local.documented import write
from tests.local.stack import Stack, copy_project, running


@pytest.fixture(name="local_stack", scope="session")
def _local_stack() -> Iterator[Stack]:
    """Run the stack once for all tests of a worker of pytest: the compact task and a worker pool."""
    with tempfile.TemporaryDirectory(prefix="stack-") as folder:
        project = copy_project(Path(folder, "project"))
        Clone(project).write_stages(
            "stage='dev', worker_pools={'spot': WorkerPool(slots=1, max=1)}",
            lines="from constructs_lib.settings import WorkerPool",
        )
        # Elsewhere its queue has no worker.
        for name in ("backlog.py", "pools.py"):
            (project / name).rename(project / "dags" / name)
        # Airflow's processes look for the folder when they start.
        write("plugin", project / "plugins")
        with running(project) as stack:
            yield stack


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that start the stack's AWS endpoint: they are no unit tests."""
    for item in items:
        if {"endpoint", "own_endpoint", "provisioned"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("local")
