"""Promises of the counts that hang on what of a stage is to run."""

import pytest

from constructs_lib.ecs.what_runs import count_while_running, is_worker_service


@pytest.mark.parametrize(
    ("capacity", "count"),
    [
        (2, 2),
        ('${aws_ssm_parameter.cluster_running.insecure_value != "nothing" ? 12 : 0}', 12),
        ('${aws_ssm_parameter.cluster_running.insecure_value == "all" ? 1 : 0}', 1),
    ],
)
def test_the_count_is_read_back(capacity: int | str, count: int) -> None:
    """Out of what stands in the synthesized JSON."""
    assert count_while_running(capacity) == count


@pytest.mark.parametrize(
    ("name", "is_worker"), [("worker-default", True), ("worker", True), ("airflow", False), ("api-server", False)]
)
def test_services_of_workers_are_named_after_them(name: str, is_worker: bool) -> None:
    """The compact task, which has a worker too, is none of them."""
    assert is_worker_service(name) is is_worker
