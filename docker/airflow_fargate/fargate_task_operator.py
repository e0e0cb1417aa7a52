"""The operator that starts a folder of `tasks/` on Fargate."""

import difflib
import os
from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator

from airflow_fargate.catalogue import catalogue


class FargateTaskOperator(EcsRunTaskOperator):
    """
    Run the Fargate task that is made of the folder `tasks/<task>/`, and show its output in the task's log.

    It waits without a worker (`deferrable`), and attaches to a task that still runs instead of starting another. A
    task that has stopped is run again on a retry: write into a folder of the run. `RUN_ID` in its environment tells
    the runs of all DAGs apart.

    Every argument of `EcsRunTaskOperator` still works; those given here fill it with the stack's values.

    :param task: name of the folder
    :param command: what to run instead of the image's or `task.toml`'s command (templated)
    :param environment: variables on top of those of `task.toml` (templated)
    :raises ValueError: there is no such folder, or `overrides` comes with `command` or `environment`
    """

    def __init__(
        self,
        *,
        task: str,
        command: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
        # Named here, so that a DAG's `default_args` reach them too.
        deferrable: bool = True,
        reattach: bool = True,
        propagate_tags: str | None = "TASK_DEFINITION",
        # The role of the container, and no look-up of a connection.
        aws_conn_id: str | None = None,
        **kwargs: Any,  # noqa: ANN401 the parent's arguments
    ) -> None:
        capacity = _capacity(task)
        if "overrides" in kwargs and (command or environment):
            msg = f"{task}: overrides and command or environment exclude each other, got both"
            raise ValueError(msg)
        container: dict[str, Any] = {
            "name": task,
            "environment": [
                {"name": name, "value": value}
                for name, value in {"RUN_ID": "{{ dag.dag_id }}__{{ run_id }}", **(environment or {})}.items()
            ],
        }
        if command:
            container["command"] = list(command)
        awsvpc = {
            "subnets": _given("SUBNETS").split(","),
            "securityGroups": [_given("SECURITY_GROUP")],
            "assignPublicIp": "DISABLED",
        }
        filled = {
            "cluster": _given("CLUSTER"),
            "task_definition": _given("FAMILY_PREFIX") + task.replace("_", "-"),
            "container_name": task,
            "capacity_provider_strategy": [{"capacityProvider": capacity, "weight": 1}],
            "network_configuration": {"awsvpcConfiguration": awsvpc},
            "awslogs_group": _given("LOG_GROUP_PREFIX") + task,
            "awslogs_stream_prefix": task,
            "overrides": {"containerOverrides": [container]},
        }
        if "launch_type" in kwargs:
            # AWS refuses both.
            del filled["capacity_provider_strategy"]
        super().__init__(
            deferrable=deferrable,
            reattach=reattach,
            propagate_tags=propagate_tags,
            aws_conn_id=aws_conn_id,
            **{**filled, **kwargs},
        )


def _capacity(task: str) -> str:
    known = catalogue()
    if task not in known:
        close = difflib.get_close_matches(task, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known) or 'none'}"
        msg = f"task={task!r} is no folder of tasks/; {hint}"
        raise ValueError(msg)
    return known[task]


def _given(name: str) -> str:
    variable = f"AIRFLOW_FARGATE_{name}"
    if variable not in os.environ:
        msg = f"{variable} is not set: outside the stack's containers, set it before a DAG is read"
        raise ValueError(msg)
    return os.environ[variable]
