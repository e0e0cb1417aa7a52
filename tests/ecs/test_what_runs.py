"""Promises of what of a stage is to run."""

import pytest

from constructs_lib.ecs.what_runs import is_worker_service


@pytest.mark.parametrize(
    ("name", "is_worker"), [("worker-default", True), ("worker", True), ("airflow", False), ("api-server", False)]
)
def test_services_of_workers_are_named_after_them(name: str, is_worker: bool) -> None:
    """A service of workers is recognized by its name, and the compact service is not one."""
    assert is_worker_service(name) is is_worker
