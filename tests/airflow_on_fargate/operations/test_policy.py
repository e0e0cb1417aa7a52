"""The policy of operators has what the commands ask of AWS."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from moto import mock_aws

from airflow_on_fargate.operations.forecast_metric import read_forecast
from airflow_on_fargate.operations.services import Services
from airflow_on_fargate.operations.waiting import CLOCK
from airflow_on_fargate.operations.watch import Watch
from airflow_on_fargate.pipeline_roles.policies import policies
from constructs_lib.settings.settings import Settings
from tests.airflow_on_fargate.operations.stage_in_moto import NAME, REGION, StageInMoto, make
from tests.airflow_on_fargate.operations.test_stop_tasks import run_task, stopping
from tests.airflow_on_fargate.operations.test_switch import API, CORE, WORKERS, settled
from tests.airflow_on_fargate.pipeline_roles.evaluator import Request, allows, fits

ACCOUNT = "123456789012"
DOCUMENT = policies(Settings(stage="dev", region=REGION, allowed_account_ids=(ACCOUNT,)), ())["operate"]
TAGGED = {"aws:ResourceTag/Stack": NAME}
Asked = tuple[str, str, dict[str, Any]]


@pytest.fixture(name="requests", scope="module")
def _requests() -> list[Request]:
    """Pause a stage, wake it, look at it, and stop its tasks."""
    with mock_aws():
        stage = make(CORE, API, WORKERS)
        stage.deploy()
        switch = stage.switch(services=settled(stage))
        switch.pause(force=False)
        switch.resume()
        _look(stage)
        run_task(stage, CORE.family)
        stopping(stage).stop(lambda _: True)
        return [request for asked in stage.asked for request in _decided(*asked)]


def _look(stage: StageInMoto) -> None:
    services = Services(stage.stage, stage.asking("ecs"))
    Watch(services, report=stage.lines.append).report_states()
    read_forecast(stage.stage, stage.asking("cloudwatch"), CLOCK)
    list(services.stopped_tasks(CORE))
    # moto runs no tasks; each request is recorded before it is answered.
    task = {"taskArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{NAME}/0a1b"}
    with suppress(NotImplementedError):
        list(services.protections([task]))
    stage.asking("ecs").describe_tasks(cluster=NAME, tasks=[task["taskArn"]])


def _decided(service: str, operation: str, params: dict[str, Any]) -> Iterator[Request]:  # noqa: C901 a table
    """Yield what IAM decides on for a call of boto3."""
    action = f"{service}:{operation}"

    def arn(resource: str) -> str:
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"

    match service, params:
        case "ecs", {"services": services}:
            yield from (Request(action, arn(f"service/{NAME}/{each}")) for each in services)
        case "ecs", {"tasks": tasks}:
            yield from (Request(action, arn(f"task/{NAME}/{each.rpartition('/')[2]}")) for each in tasks)
        case "ecs", {"task": task}:
            yield Request(action, arn(f"task/{NAME}/{task.rpartition('/')[2]}"))
        case "ecs", {"service": name}:
            yield Request(action, arn(f"service/{NAME}/{name}"))
        case "ecs", _:
            yield Request(action, "*", {"ecs:cluster": arn(f"cluster/{NAME}")})
        case "cloudwatch", _:
            yield Request(action, "*")
        case "rds", _:
            yield Request(action, arn(f"db:{params['DBInstanceIdentifier']}"))
        case "ssm", _:
            yield Request(action, arn(f"parameter{params['Name']}"))
        case "scheduler", _:
            yield Request(action, arn(f"schedule/{params['GroupName']}/{params['Name']}"))
            if "Target" in params:
                role = f"arn:aws:iam::{ACCOUNT}:role/{NAME}/{NAME}-pause"
                yield Request("iam:PassRole", role, {"iam:PassedToService": "scheduler.amazonaws.com"})
        case _:
            yield Request(action, arn("scalable-target/0a1b"), TAGGED)


def test_operators_may_do_what_the_commands_do(requests: list[Request]) -> None:
    """The operate policy allows all calls of pause, resume, status, watch and stop-tasks."""
    assert [each for each in requests if not allows([DOCUMENT], each)] == []


def test_operators_may_do_nothing_else(requests: list[Request]) -> None:
    """A command needs each action of the operate policy."""
    allowed = {(each["Sid"], action) for each in DOCUMENT["Statement"] for action in each["Action"]}
    needed = {
        (each["Sid"], request.action) for each in DOCUMENT["Statement"] for request in requests if fits(each, request)
    }

    assert allowed == needed
