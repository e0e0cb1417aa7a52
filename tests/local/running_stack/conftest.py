"""The stack that the tests of this folder share. One worker of pytest runs all of them: see tests/schedule.py."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clone import Clone
from tests.local.documented import write
from tests.local.stack import Stack, copy_project, running


@pytest.fixture(name="local_stack", scope="package")
def _local_stack() -> Iterator[Stack]:
    """Run the stack once for all tests: the compact task and a worker pool."""
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
