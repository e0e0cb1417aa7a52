"""The operator that starts a folder of `tasks/` on Fargate."""

import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.providers.amazon.aws.exceptions import EcsOperatorError, EcsTaskFailToStart
from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator
from airflow.sdk.exceptions import AirflowException, AirflowSkipException, AirflowTaskTimeout
from botocore.exceptions import BotoCoreError, ClientError
from typing_extensions import override

from airflow_fargate.fargate_task import task_owner
from airflow_fargate.fargate_task.capacity import (
    check_capacity,
    check_size,
    checked_capacity,
    placement_of,
    reschedule_if_no_capacity,
    strategy_of,
)
from airflow_fargate.fargate_task.overrides import (
    as_text,
    check_request,
    check_tags,
    container_overrides,
    units,
    with_size,
)
from airflow_fargate.fargate_task.stopped_task import StoppedTask, stop_failed
from airflow_fargate.fargate_task_trigger import TIMED_OUT, FargateTaskTrigger
from airflow_fargate.stage import task_settings, task_values
from airflow_fargate.task_log import OPERATOR, QuietLog
from constructs_lib.shared.bad_input import VALUE_LENGTH, printable, shortened, shown
from constructs_lib.shared.ecs import NOT_IN_STARTED_BY, STARTED_BY_LENGTH

if TYPE_CHECKING:
    from airflow.sdk import Context
    from airflow.sdk.definitions.mappedoperator import OperatorPartial
    from airflow.triggers.base import BaseTrigger

POLL_SEC = int(os.environ.get("AIRFLOW_FARGATE_POLL_SEC", "6"))
"""Seconds between two checks of a task, Airflow's default: AWS throttles the requests of all tasks together."""
PATIENT = {"retries": {"mode": "standard", "max_attempts": 10}}
"""botocore repeats throttled requests for up to about two minutes."""


class FargateTaskOperator(EcsRunTaskOperator):
    """
    Run the folder `tasks/<task>/` as a task on Fargate, and show its output in the log of the task instance.

    No worker waits meanwhile (`deferrable`). A retry attaches to the Fargate task if that still runs, and otherwise
    starts a new one. So let the program write into a folder of the run: the variable `RUN_ID` is different for each run
    of each DAG. The Fargate task is stopped when a user clears or marks the task instance, and at its
    `execution_timeout`.

    All arguments of `EcsRunTaskOperator` work too. Their defaults are the stack's values.

    :param task: the name of the folder
    :param command: the command, instead of the one in `task.toml` or the image (templated)
    :param environment: variables in addition to those of `task.toml` (templated)
    :param cpu: CPU units, instead of those in `task.toml`; 1024 are one vCPU (templated)
    :param memory_mib: memory, instead of that in `task.toml` (templated)
    :param capacity: `FARGATE`, `FARGATE_SPOT`, `EC2` or `{"spot_percent": 80}`, instead of that in `task.toml`
    :param output_processor: converts the last line that the task prints into its XCom, for example `json.loads`; by
        default the XCom is the line
    :raises ValueError: the folder, the size or the capacity does not exist, two arguments exclude each other, or ECS
        would refuse a value
    """

    template_fields = (*EcsRunTaskOperator.template_fields, "cpu", "memory_mib")

    def __init__(
        self,
        *,
        task: str,
        command: Sequence[str] | None = None,
        environment: Mapping[str, Any] | None = None,
        cpu: int | str | None = None,
        memory_mib: int | str | None = None,
        capacity: str | Mapping[str, int] | None = None,
        # In the signature, so that a DAG's `default_args` apply to them too.
        overrides: dict[str, Any] | None = None,
        launch_type: str | None = None,
        capacity_provider_strategy: list[dict[str, Any]] | None = None,
        tags: dict[str, str] | None = None,
        output_processor: Callable[[str], Any] | None = None,
        deferrable: bool = True,
        reattach: bool = True,
        propagate_tags: str | None = "TASK_DEFINITION",
        waiter_delay: int = POLL_SEC,
        botocore_config: dict[str, Any] | None = None,
        # Use the container's role, without looking up a connection.
        aws_conn_id: str | None = None,
        **kwargs: Any,  # noqa: ANN401 the parent's arguments
    ) -> None:
        settings = task_settings(task)
        check_request(task, tags, overrides, (command, environment, cpu, memory_mib))
        check_capacity(
            task, capacity=capacity, capacity_provider_strategy=capacity_provider_strategy, launch_type=launch_type
        )
        if cpu or memory_mib:
            cpu, memory_mib = cpu or settings["cpu"], memory_mib or settings["memory_mib"]
        size = {"cpu": cpu or settings["cpu"], "memory_mib": memory_mib or settings["memory_mib"]}
        # Only AWS can check the values of its own arguments.
        by_aws = launch_type or capacity_provider_strategy
        self.capacity = None if by_aws else checked_capacity(task, capacity or settings["capacity"], settings, **size)
        self.cpu, self.memory_mib, self.output_processor = cpu, memory_mib, output_processor
        super().__init__(
            overrides=container_overrides(task, command, environment) if overrides is None else overrides,
            tags=tags,
            launch_type=launch_type or "",
            capacity_provider_strategy=strategy_of(self.capacity) if self.capacity else capacity_provider_strategy,
            deferrable=deferrable,
            reattach=reattach,
            propagate_tags=propagate_tags,
            waiter_delay=waiter_delay,
            botocore_config=botocore_config or PATIENT,
            aws_conn_id=aws_conn_id,
            **{**task_values(task, waiter_delay), **placement_of(self.capacity), **kwargs},
        )

    @classmethod
    @override
    def partial(cls, **arguments: Any) -> "OperatorPartial":
        """Begin a mapped task; its folder is checked now, because Airflow creates the operators only in a run."""
        if isinstance(task := arguments.get("task"), str):
            task_settings(task)
        return super().partial(**arguments)

    @override
    def execute(self, context: "Context") -> Any:
        """
        Start the task, and wait for it or let the triggerer wait; without room for it, be run again later.

        Raises:
            EcsOperatorError: ECS does not take it.
            AirflowException: it failed; the message has the exit code, the reason and the last lines.
            EcsTaskFailToStart: it never ran.

        """
        self._instance = context["ti"]
        self._complete_request()
        try:
            last_line = super().execute(context)  # type: ignore[no-untyped-call] # Airflow's own has no types
        except EcsOperatorError as error:
            reschedule_if_no_capacity(context, error)
            raise
        return self._processed(last_line)

    def _complete_request(self) -> None:
        """Check what only a run knows: templates and XComs have their values by now."""
        task = str(self.container_name)
        if self.cpu and self.memory_mib:
            cpu, memory_mib = units(task, "cpu", self.cpu), units(task, "memory_mib", self.memory_mib)
            if self.capacity:
                check_size(task, self.capacity, cpu, memory_mib)
            self.overrides = with_size(self.overrides, cpu, memory_mib)
        self.overrides = as_text(task, self.overrides, rendered=True)
        if self.tags is not None:
            check_tags(task, self.tags, rendered=True)
        if not self.reattach:
            # The parent's value for ECS's `startedBy` is the owner, which may be any text.
            self._started_by = re.sub(NOT_IN_STARTED_BY, "-", self.owner)[:STARTED_BY_LENGTH]
        if self.capacity:
            # A mix chooses a provider for each start.
            self.capacity_provider_strategy = strategy_of(self.capacity)

    @override
    def _try_reattach_task(self, started_by: str) -> None:
        """Attach to the ECS task of an earlier try, unless a user has cleared the task instance since."""
        del started_by
        instance = self._instance
        key = instance.dag_id, instance.task_id, instance.run_id, instance.map_index
        self._started_by = task_owner.started_by(*key, instance.max_tries)
        super()._try_reattach_task(self._started_by)
        if self.arn:
            self._log_place("still runs")

    @override
    def _start_task(self) -> None:
        """Start the ECS task with the tags of its owner; log where it runs."""
        waits = bool((self.deferrable or self.wait_for_completion) and self.stop_task_on_failure)
        self.tags = {**(self.tags or {}), **task_owner.tags_of(self._instance, waits=waits)}
        super()._start_task()  # type: ignore[no-untyped-call] # Airflow's own has no types
        self._log_place("started")

    def _log_place(self, how: str) -> None:
        self.log.info("tasks/%s %s as the ECS task %s", self.container_name, how, self.arn)
        if self._has_logs:
            place = self._get_logs_stream_name(), self.awslogs_group
            self.log.info("Its output: log stream %s of the log group %s", *place)

    @property
    def _has_logs(self) -> bool:
        return bool(self.awslogs_group and self.awslogs_stream_prefix)

    @property
    @override
    def log(self) -> Any:
        """The task's log, without whole requests and responses."""
        return QuietLog(super().log, OPERATOR)

    @override
    def on_kill(self) -> None:
        """Stop the ECS task, and log the result."""
        if not self.arn:
            return
        if self.task_log_fetcher:
            self.task_log_fetcher.stop()  # type: ignore[no-untyped-call] # as above
        client: Any = self.client
        try:
            client.stop_task(cluster=self.cluster, task=self.arn, reason="Airflow task was ended")
        except (BotoCoreError, ClientError) as error:
            self.log.error(stop_failed(self.cluster, self.arn, error))  # noqa: TRY400 the sentence has the error
        else:
            self.log.info("The ECS task %s is being stopped", self.arn)

    @override
    def defer(
        self,
        *,
        trigger: "BaseTrigger",
        method_name: str,
        kwargs: dict[str, Any] | None = None,
        timeout: timedelta | float | None = None,
    ) -> NoReturn:
        """Defer to our trigger instead of the parent's; it applies `execution_timeout`, which Airflow ignores then."""
        limit = self.execution_timeout
        stop_at = time.time() + limit.total_seconds() if limit else None
        ours = FargateTaskTrigger(**trigger.serialize()[1], stop_at=stop_at)
        super().defer(trigger=ours, method_name=method_name, kwargs=kwargs, timeout=timeout)

    @override
    def execute_complete(self, context: "Context", event: dict[str, Any] | None = None) -> Any:
        """Continue after the trigger has reported the end of the task; raises the same errors as `execute`."""
        if event and event["status"] == TIMED_OUT:
            self.arn = event["task_arn"]
            task, limit = self.container_name, self.execution_timeout
            msg = f"tasks/{task} ran longer than its execution_timeout, {limit}, and was stopped"
            raise AirflowTaskTimeout(msg + self._last_lines())
        return self._processed(super().execute_complete(context, event))

    def _processed(self, last_line: str | None) -> Any:  # noqa: ANN401 what output_processor returns
        """
        Return the result of `output_processor` for the *last_line*; None: the task has printed nothing.

        Raises:
            AirflowException: `output_processor` raises; the sentence has the line.

        """
        if self.output_processor is None or last_line is None or not self.do_xcom_push:
            return last_line
        try:
            return self.output_processor(last_line)
        except Exception as error:
            msg = (
                f"tasks/{self.container_name} succeeded, but output_processor failed on the last line that it printed,"
                f" {shown(last_line)}: {type(error).__name__}: {shortened(printable(str(error)), VALUE_LENGTH)}"
            )
            raise AirflowException(msg) from error

    @override
    def _check_success_task(self) -> None:
        """Check as the parent does, but with a plain message, and with the last lines of a deferred task."""
        client: Any = self.client
        response = client.describe_tasks(cluster=self.cluster, tasks=[self.arn])
        if not response["tasks"]:
            msg = f"tasks/{self.container_name}: ECS no longer knows the task: {response['failures']}"
            raise AirflowException(msg)
        stopped = StoppedTask(str(self.container_name), response["tasks"][0])
        if stopped.succeeded:
            self.log.info("%s", stopped)
            return
        if not stopped.started:
            raise EcsTaskFailToStart(str(stopped))
        kind = AirflowSkipException if stopped.exit_code in self.skip_on_exit_code else AirflowException
        raise kind(str(stopped) + self._last_lines())

    def _last_lines(self) -> str:
        if not self._has_logs:
            return ""
        try:
            lines = self._get_task_log_fetcher().get_last_log_messages(self.number_logs_exception)
        except ClientError as error:
            return f"; its output cannot be read: {error}"
        return "; its last lines:\n" + "\n".join(lines) if lines else "; it has printed nothing"
