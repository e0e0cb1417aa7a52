"""`FargateTaskOperator`s as a DAG creates them."""

import os
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator
from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk.exceptions import TaskDeferred
from airflow_fargate import FargateTaskOperator


def created(arguments: dict[str, dict[str, Any]], names: list[str]) -> dict[str, Any]:
    """Create an operator of each of *arguments*; return its attributes *names*, or why it is refused."""
    found: dict[str, Any] = {}
    for name, more in arguments.items():
        try:
            operator = FargateTaskOperator(**{"task_id": "a", "task": "multi_task", **more})
            found[name] = {each: getattr(operator, each) for each in names}
        except ValueError as error:
            found[name] = str(error)
    return found


def mapped(task: Any) -> str:  # noqa: ANN401 as the operator has it
    """Create a mapped operator whose folder is *task*; return its folder, or why it is refused."""
    try:
        operator = FargateTaskOperator.partial(task_id="a", task=task).expand(command=[["x"], ["y"]])
    except ValueError as error:
        return str(error)
    return str(operator.partial_kwargs["task"])


def providers(capacity: Any, starts: int) -> list[list[dict[str, Any]]]:  # noqa: ANN401 as the operator has it
    """Return the strategies of many starts of one operator."""
    operator = FargateTaskOperator(task_id="a", task="multi_task", capacity=capacity)
    instance = SimpleNamespace(dag_id="d", task_id="a", run_id="r", map_index=-1, try_number=1, max_tries=0, id="i")
    context: Any = {"ti": instance}
    with patch.object(EcsRunTaskOperator, "execute", lambda self, _: self.capacity_provider_strategy):
        return [operator.execute(context) for _ in range(starts)]


def strategy_of(task: str) -> list[dict[str, Any]] | None:
    """Return the strategy of a *task*."""
    return FargateTaskOperator(task_id="a", task=task).capacity_provider_strategy


def outside_of_the_stack() -> None:
    """Create an operator where no container of the stack is."""
    del os.environ["AIRFLOW_FARGATE_CLUSTER"]
    FargateTaskOperator(task_id="a", task="multi_task")


def limit_of_airflows_deferral() -> str:
    """Return the time limit with which Airflow's own operator defers a task that has an `execution_timeout`."""
    limit = timedelta(minutes=1)
    operator = EcsRunTaskOperator(
        task_id="operator", cluster="c", task_definition="t", overrides={}, deferrable=True, execution_timeout=limit
    )
    try:
        operator.defer(trigger=TimeDeltaTrigger(limit), method_name="execute_complete")
    except TaskDeferred as deferred:
        return str(deferred.timeout)
