"""Promises of the database of a stage, stopped and started in RDS."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import pytest
from moto import mock_aws

from airflow_on_fargate.operations.database import StageDatabase
from airflow_on_fargate.operations.waiting import Clock, OperationError
from tests.airflow_on_fargate.operations.described import at
from tests.airflow_on_fargate.operations.stage_in_moto import StageInMoto, make


@pytest.fixture(name="dev")
def _dev() -> Iterator[StageInMoto]:
    """Deploy a stage that is nothing but a database."""
    with mock_aws():
        stage = make()
        stage.deploy()
        yield stage


def database(stage: StageInMoto, statuses: list[str]) -> StageDatabase:
    """Return the database, which is first in each of *statuses*, as moto's never is."""
    rds = stage.client("rds")

    def described(**arguments: str) -> object:
        found: dict[str, Any] = rds.describe_db_instances(**arguments)
        if statuses:
            found["DBInstances"][0]["DBInstanceStatus"] = statuses.pop(0)
        return found

    changing = Mock(wraps=rds)
    changing.describe_db_instances = described
    clock = Clock(now=lambda: at(stage.minute), sleep=stage.sleep)
    return StageDatabase(stage.stage, changing, stage.client("scheduler"), report=stage.lines.append, clock=clock)


def test_one_that_is_on_its_way_is_waited_for(dev: StageInMoto) -> None:
    """A database that is starting or stopping is waited for, and each state is reported once."""
    database(dev, ["starting", "starting", "available"]).stop()
    assert dev.lines[:2] == ["database starting", "database available"]

    database(dev, ["stopping", "stopped"]).start()
    assert dev.lines[3:] == ["database stopping", "database stopped", "database available"]


def test_a_database_that_does_not_start_or_stop_is_reported(dev: StageInMoto) -> None:
    """A database that does not start or stop within an hour is reported."""
    with pytest.raises(OperationError, match="the database is not available or stopped after 60 minutes"):
        database(dev, ["inaccessible-encryption-credentials"] * 999).stop()
