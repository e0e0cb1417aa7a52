"""Promises of the calls of ECS."""

import pytest

from airflow_on_fargate.operations.composed_stage import ComposedService, ComposedStage
from airflow_on_fargate.operations.services import Services
from constructs_lib.shared.bad_input import BadInputError
from tests.airflow_on_fargate.operations.described import ScriptedEcs, completed


def services(ecs: ScriptedEcs, *names: str) -> Services:
    """Return services with these names."""
    made = tuple(ComposedService(name, "airflow-dev-x") for name in names)
    return Services(ComposedStage("airflow-dev", "eu-central-1", None, made), ecs)


def test_any_number_of_services_is_asked_for() -> None:
    """More services than the ten of one call are described."""
    names = [f"worker-{number}" for number in range(23)]
    ecs = ScriptedEcs([completed(name) for name in names])

    assert list(services(ecs, *names).describe()) == names
    assert ecs.asked == [10, 10, 3]


def test_any_number_of_tasks_is_asked_for() -> None:
    """The protection of more tasks than the hundred of one call is described."""
    tasks = [{"taskArn": f"task/{number}"} for number in range(230)]
    ecs = ScriptedEcs([completed("worker")])
    ecs.protections = [task | {"protectionEnabled": True} for task in tasks]

    assert list(services(ecs, "worker").protections(tasks)) == ecs.protections


@pytest.mark.parametrize("left", [[], [completed("scheduler") | {"status": "INACTIVE"}]])
def test_a_missing_service_is_reported(left: list[dict[str, object]]) -> None:
    """A missing or deleted service is reported."""
    ecs = ScriptedEcs([completed("triggerer"), *left])

    with pytest.raises(
        BadInputError, match=r"airflow-dev has no service scheduler in eu-central-1: airflow-fargate deploy"
    ):
        services(ecs, "scheduler", "triggerer").describe()
