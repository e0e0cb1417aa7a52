"""A stage in moto's AWS, as Terraform leaves it."""

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
from botocore.model import OperationModel

from airflow_on_fargate.operations.composed_stage import ComposedService, ComposedStage
from airflow_on_fargate.operations.database import StageDatabase
from airflow_on_fargate.operations.running import RunningParameter
from airflow_on_fargate.operations.services import Services
from airflow_on_fargate.operations.switch import Switch
from airflow_on_fargate.operations.waiting import Clock
from tests.airflow_on_fargate.operations.described import at

REGION, NAME, KEEP = "eu-central-1", "airflow-dev", "airflow-dev-keep-database-stopped"


@cache
def _client(name: str, purpose: str) -> Any:  # noqa: ANN401, ARG001 boto3 makes the type; one client for each purpose
    # To make one takes a tenth of a second. moto answers it in every test, each with an AWS of its own.
    make: Any = boto3.client  # whose types know each service by its literal name
    return make(name, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")


@dataclass
class StageInMoto:
    """A stage of *services*, the lines that were reported, and a clock that sleeping moves."""

    stage: ComposedStage
    lines: list[str]
    minute: float = 0
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    """What `asking` was used for: service, operation and parameters."""

    def asking(self, name: str) -> Any:  # noqa: ANN401 boto3 creates the type
        """Return a client whose calls are kept in `asked`."""
        client = _client(name, "asking")

        def keep(params: dict[str, Any], model: OperationModel, **_: object) -> None:
            self.asked.append((name, model.name, params))

        # The one before, of another stage, keeps them no more.
        client.meta.events.unregister("before-parameter-build", unique_id="asking")
        client.meta.events.register("before-parameter-build", keep, unique_id="asking")
        return client

    def client(self, name: str) -> Any:  # noqa: ANN401 boto3 creates the type
        """Return a client of boto3."""
        return _client(name, "other")

    def deploy(self) -> None:
        """Make what Terraform makes."""
        ecs = self.client("ecs")
        ecs.create_cluster(clusterName=NAME)
        for service in self.stage.services:
            ecs.register_task_definition(
                family=service.family, containerDefinitions=[{"name": "x", "image": "x", "memory": 512}]
            )
            ecs.create_service(
                cluster=NAME, serviceName=service.name, taskDefinition=service.family, desiredCount=service.min_count
            )
        self.client("ssm").put_parameter(Name=self.stage.running, Value="all", Type="String")
        if self.stage.database:
            self.client("rds").create_db_instance(
                DBInstanceIdentifier=NAME, DBInstanceClass="db.t4g.small", Engine="postgres", AllocatedStorage=20
            )
            scheduler = self.client("scheduler")
            scheduler.create_schedule_group(Name=NAME)
            scheduler.create_schedule(
                GroupName=NAME,
                Name=KEEP,
                Description="stops it",
                ScheduleExpression="cron(0 0 * * ? *)",
                ScheduleExpressionTimezone="Europe/Berlin",
                FlexibleTimeWindow={"Mode": "OFF"},
                State="DISABLED",
                Target={
                    "Arn": "arn:aws:scheduler:::aws-sdk:rds:stopDBInstance",
                    "RoleArn": "arn:aws:iam::123456789012:role/pause",
                    "Input": json.dumps({"DbInstanceIdentifier": NAME}),
                },
            )

    def switch(self, *, services: Services | None = None) -> Switch:
        """Return what pauses and wakes the stage."""
        clock = Clock(now=lambda: at(self.minute), sleep=self.sleep)
        database = StageDatabase(
            self.stage, self.asking("rds"), self.asking("scheduler"), report=self.lines.append, clock=clock
        )
        return Switch(
            services or Services(self.stage, self.asking("ecs")),
            RunningParameter(self.stage, self.asking("ssm")),
            database,
            ecs=self.asking("ecs"),
            scaling=self.asking("application-autoscaling"),
            report=self.lines.append,
            clock=clock,
        )

    def counts(self) -> dict[str, int]:
        """Return how many tasks of each service are wanted."""
        names = [service.name for service in self.stage.services]
        found = self.client("ecs").describe_services(cluster=NAME, services=names)["services"]
        return {each["serviceName"]: each["desiredCount"] for each in found}

    def bounds(self) -> dict[str, tuple[int, int]]:
        """Return the bounds of each scalable target."""
        found = self.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")
        return {
            each["ResourceId"].rpartition("/")[2]: (each["MinCapacity"], each["MaxCapacity"])
            for each in found["ScalableTargets"]
        }

    def state(self) -> tuple[str, str, str]:
        """Return the parameter, the database's state, and whether the daily stop is enabled."""
        [database] = self.client("rds").describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"]
        schedule = self.client("scheduler").get_schedule(GroupName=NAME, Name=KEEP)
        running = self.client("ssm").get_parameter(Name=self.stage.running)["Parameter"]["Value"]
        return running, database["DBInstanceStatus"], schedule["State"]

    def sleep(self, seconds: float) -> None:
        """Let time pass: a minute or more, so that a limit of an hour takes 60 answers of moto and not 720."""
        self.minute += max(1, seconds / 60)


def make(*services: ComposedService, database: bool = True) -> StageInMoto:
    """Return a stage of *services*, not deployed yet."""
    return StageInMoto(
        ComposedStage(
            NAME, REGION, None, services, database=NAME if database else None, keep_stopped=KEEP if database else None
        ),
        [],
    )
