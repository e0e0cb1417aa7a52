"""What can be done with a deployed stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from botocore.config import Config

from airflow_on_fargate.operations.airflow_command import AirflowCommand
from airflow_on_fargate.operations.composed_stage import ComposedStage
from airflow_on_fargate.operations.database import StageDatabase
from airflow_on_fargate.operations.forecast_metric import read_forecast
from airflow_on_fargate.operations.running import RunningParameter
from airflow_on_fargate.operations.services import Services
from airflow_on_fargate.operations.stop_tasks import StopTasks, ask
from airflow_on_fargate.operations.switch import Switch
from airflow_on_fargate.operations.waiting import CLOCK, print_line
from airflow_on_fargate.operations.watch import Watch
from airflow_on_fargate.project import STACKS
from constructs_lib.iam.aws_session import aws_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    import boto3

PATIENCE = Config(connect_timeout=10, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 8})
"""A connection that fails for a minute, or a throttled request, must not end a watch."""


class StageOperations:
    """The operations on *stage*, with the credentials of *session*; they print what they do."""

    def __init__(self, stage: ComposedStage, session: boto3.Session) -> None:
        self._stage, self._session = stage, session
        self._ecs = session.client("ecs", config=PATIENCE)
        self._services = Services(stage, self._ecs)
        self._running = RunningParameter(stage, session.client("ssm", config=PATIENCE))

    @classmethod
    def of(cls, stage: str, *, command: str) -> Self:
        """
        Return the operations on a *stage* of `cdktf.out`; AWS's audit log shows *command* as the role's session.

        Raises:
            BadInputError: the stage has not been composed.
            BotoCoreError, ClientError: AWS is not reached, or does not let the caller have the role.

        """
        composed = ComposedStage.read(stage, STACKS)
        return cls(composed, aws_session(composed.region, composed.assume_role_arn, name=f"airflow-fargate-{command}"))

    def report_states(self, *, as_json: bool = False) -> None:
        """
        Print the state of each service once, and whether the stage is paused.

        Raises:
            OperationError: a deployment failed or was rolled back.

        """
        watch = Watch(self._services)
        cloudwatch = self._session.client("cloudwatch", config=PATIENCE)
        forecast = read_forecast(self._stage, cloudwatch, CLOCK)
        if as_json:
            watch.report_json(runs=self._running.read(), forecast=forecast)
        else:
            self._running.report_pause(print_line)
            watch.report_states(forecast)

    def watch(self) -> None:
        """Print what ECS does until the core processes run the new version."""
        Watch(self._services).until_complete()

    def refuse_paused(self) -> None:
        """Refuse a stage that is paused: it would run no task of a new version."""
        self._running.refuse_paused()

    def pause(self, *, force: bool) -> None:
        """Stop the workers, the core processes and the database; *force* does not wait until running tasks end."""
        self._switch().pause(force=force)

    def resume(self) -> None:
        """Start the database, the core processes and the workers."""
        self._switch().resume()

    def stop_tasks(self, *, auto_approve: bool) -> None:
        """Stop all tasks of the stage, if the user agrees or *auto_approve* is set."""
        stopping = StopTasks(self._stage, self._running, ecs=self._ecs, report=print_line, clock=CLOCK)
        stopping.stop((lambda _: True) if auto_approve else ask)

    def run_airflow(self, words: Sequence[str]) -> int:
        """Run a command of Airflow's CLI in a container of the stage, and return its exit code."""
        return AirflowCommand(self._services, self._session).run(words)

    def _switch(self) -> Switch:
        session = self._session
        rds, scheduler = session.client("rds", config=PATIENCE), session.client("scheduler", config=PATIENCE)
        scaling = session.client("application-autoscaling", config=PATIENCE)
        database = StageDatabase(self._stage, rds, scheduler, report=print_line, clock=CLOCK)
        return Switch(
            self._services, self._running, database, ecs=self._ecs, scaling=scaling, report=print_line, clock=CLOCK
        )
