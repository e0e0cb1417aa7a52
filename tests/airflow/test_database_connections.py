"""How many connections to the database a stage may open, and how many it has."""

from typing import Any

import pytest

from constructs_lib.airflow.database_connections import (
    API_SERVER_POOL,
    api_workers,
    connection_pool,
    connection_warnings,
    max_connections,
)
from constructs_lib.settings.capacity import TaskSize
from constructs_lib.settings.process_settings import ProcessSettings
from constructs_lib.settings.settings import Settings
from constructs_lib.shared.containers import PEOPLE_REQUESTS, TASK_REQUESTS
from stages import STAGES
from tests.contradictions import DATABASE


def warnings(**settings: Any) -> list[str]:  # noqa: ANN401 what the settings take
    """Return the warnings of a stage."""
    return list(connection_warnings(Settings(stage="dev", **settings)))


def split(**settings: Any) -> dict[str, Any]:  # noqa: ANN401 as above
    """Return the settings of a split stage."""
    return {"topology": "split"} | settings


def test_the_api_servers_pool_is_larger_than_what_it_works_on_at_a_time() -> None:
    """The api-server's pool is larger than the number of requests at a time; otherwise requests block each other."""
    assert API_SERVER_POOL.maximum > PEOPLE_REQUESTS + TASK_REQUESTS
    assert connection_pool("api-server") == API_SERVER_POOL
    assert connection_pool("scheduler").maximum == 5


@pytest.mark.parametrize(
    ("instance_class", "expected"),
    [
        ("db.t3.nano", 22),
        ("db.t4g.micro", 78),
        ("db.t4g.small", 191),
        ("db.t3.medium", 416),
        ("db.m7g.large", 838),
        ("db.m6gd.2xlarge", 3352),
        ("db.r6i.xlarge", 3352),
        ("db.r7g.large", 1676),
        ("db.m7g.16xlarge", 5000),
        ("db.x2g.large", 3352),
        ("db.z1d.large", None),
        ("db.serverless.x", None),
    ],
)
def test_a_class_allows_what_rds_makes_of_its_memory(instance_class: str, expected: int | None) -> None:
    """The number of connections follows RDS's formula for the memory of the class."""
    assert max_connections(instance_class) == expected


@pytest.mark.parametrize(
    ("size", "expected"), [(None, 1), (TaskSize(cpu=512, memory_mib=2048), 1), (TaskSize(cpu=2048, memory_mib=4096), 2)]
)
def test_an_api_server_has_a_worker_for_each_vcpu(size: TaskSize | None, expected: int) -> None:
    """An api-server has one worker for each whole vCPU."""
    settings = Settings(stage="dev", topology="split", processes={"api-server": ProcessSettings(size=size)})

    assert api_workers(settings) == expected


@pytest.mark.parametrize(
    "settings",
    [
        {"database_instance_class": "db.t4g.micro"},
        {"worker_pools": {"spot": {"max": 10}}},
        split(),
        split(worker_pools={"default": {"max": 100}}, database_instance_class="db.r7g.large"),
        split(worker_pools={"default": {"max": 1000}}, database_instance_class="db.z1d.large"),
        {"worker_pools": {"spot": {"max": 1000}}, "existing_database": DATABASE},
    ],
)
def test_a_stage_whose_database_is_large_enough_is_silent(settings: dict[str, Any]) -> None:
    """A stage whose database is large enough, or has no known limit, gets no warning."""
    assert warnings(**settings) == []


def test_the_stages_of_the_project_are_silent() -> None:
    """The project's own stages get no warning."""
    assert [sentence for stage in STAGES for sentence in connection_warnings(stage)] == []


@pytest.mark.parametrize(
    ("settings", "needed"),
    [
        ({"worker_pools": {"spot": {"max": 20}}}, 272),
        (split(worker_pools={"default": {"max": 20}}), 262),
        (split(worker_pools={"default": {"max": 6}}, processes={"api-server": {"count": 4}}), 200),
        (split(worker_pools={"default": {"max": 6}}, processes={"api-server": {"count": 1, "max_count": 4}}), 200),
    ],
)
def test_more_processes_than_the_database_serves_are_reported(settings: dict[str, Any], needed: int) -> None:
    """Too many processes for the database are reported in one sentence that says what to change."""
    [sentence] = warnings(**settings)

    assert sentence == (
        f"all processes may open {needed} connections to the database during a deployment, and db.t4g.small allows"
        " about 191: choose a larger database_instance_class, or lower max of worker_pools or max_count of processes"
    )
