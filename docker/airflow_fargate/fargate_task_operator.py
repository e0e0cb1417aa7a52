"""The operator that starts a folder of `tasks/` on Fargate."""

import difflib
import os
from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.amazon.aws.exceptions import EcsTaskFailToStart
from airflow.providers.amazon.aws.hooks.logs import AwsLogsHook
from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator
from airflow.providers.common.compat.sdk import AirflowException, AirflowSkipException
from botocore.exceptions import ClientError

from airflow_fargate.catalogue import catalogue

POLL_SEC = int(os.environ.get("AIRFLOW_FARGATE_POLL_SEC", "6"))
"""Seconds between two looks at a task, Airflow's own default: ECS allows an account some twenty a second for long."""


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
    :param cpu: CPU units instead of those of `task.toml` (templated)
    :param memory_mib: memory instead of that of `task.toml` (templated)
    :raises ValueError: there is no such folder, or `overrides` comes with one of the four above
    """

    def __init__(
        self,
        *,
        task: str,
        command: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
        cpu: int | str | None = None,
        memory_mib: int | str | None = None,
        # Named here, so that a DAG's `default_args` reach them too.
        deferrable: bool = True,
        reattach: bool = True,
        waiter_delay: int = POLL_SEC,
        propagate_tags: str | None = "TASK_DEFINITION",
        # The role of the container, and no look-up of a connection.
        aws_conn_id: str | None = None,
        **kwargs: Any,  # noqa: ANN401 the parent's arguments
    ) -> None:
        capacity = _capacity(task)
        said = {"command": command, "environment": environment, "cpu": cpu, "memory_mib": memory_mib}
        if "overrides" in kwargs and (both := [name for name, value in said.items() if value]):
            msg = f"{task}: overrides and {both[0]} exclude each other, got both"
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
        # ECS wants the size of a Fargate task as text.
        size = {name: str(value) for name, value in (("cpu", cpu), ("memory", memory_mib)) if value}
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
            "overrides": {"containerOverrides": [container], **size},
        }
        if "launch_type" in kwargs:
            # AWS refuses both.
            del filled["capacity_provider_strategy"]
        super().__init__(
            deferrable=deferrable,
            reattach=reattach,
            waiter_delay=waiter_delay,
            propagate_tags=propagate_tags,
            aws_conn_id=aws_conn_id,
            **{**filled, **kwargs},
        )
        self._task = task

    def _check_success_task(self) -> None:
        """Say with a failure what the parent says only while it keeps a worker: the exit code and the last lines."""
        try:
            super()._check_success_task()
        except AirflowSkipException:
            raise
        except AirflowException as error:
            raise type(error)(self._failure(isinstance(error, EcsTaskFailToStart))) from None

    def _failure(self, never_started: bool) -> str:  # noqa: FBT001 private, and read where it is called
        stopped = self.client.describe_tasks(cluster=self.cluster, tasks=[self.arn])["tasks"][0]
        reason = stopped.get("stoppedReason", "no reason given")
        if never_started:
            return f"tasks/{self._task} did not start: {reason} ({self.arn})"
        codes = ", ".join(str(each.get("exitCode", "none")) for each in stopped["containers"])
        lines = self._last_lines()
        tail = "; its last lines:\n" + "\n".join(lines) if lines else "; it has printed nothing"
        return f"tasks/{self._task} ended with exit code {codes}: {reason} ({self.arn}){tail}"

    def _last_lines(self) -> list[str]:
        if not self._aws_logs_enabled():
            return []
        logs = AwsLogsHook(
            aws_conn_id=self.aws_conn_id,
            region_name=self.resolve_awslogs_region(),
            verify=self.verify,
            config=self.botocore_config,
        ).conn
        try:
            found = logs.get_log_events(
                logGroupName=self.awslogs_group,
                logStreamName=self._get_logs_stream_name(),
                startFromHead=False,
                limit=self.number_logs_exception,
            )
        except ClientError as error:
            # The failure is what matters, not that its log cannot be had.
            return [f"(the log cannot be read: {error})"]
        return [each["message"] for each in found["events"]]


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
