"""What tests of the running stack may ask for."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.stack import Stack, copy_project, running


@pytest.fixture(name="local_stack", scope="session")
def _local_stack() -> Iterator[Stack]:
    """Run the stack once for all tests of a worker of pytest."""
    with (
        tempfile.TemporaryDirectory(prefix="stack-") as folder,
        running(copy_project(Path(folder, "project"))) as stack,
    ):
        yield stack
