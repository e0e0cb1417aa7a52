"""Promises of what the autoscaler asks of AWS."""

from tests.airflow_fargate.autoscaler.running import POOLS
from tests.airflow_fargate.autoscaler.worker_cloud import worker_cloud
from tests.airflow_fargate.container import last_json, run

ASK = """
import json
from airflow_fargate.autoscaler.worker_services import WorkerServices
services, asked = WorkerServices(), []
for client in (services._ecs, services._cloudwatch):
    client.meta.events.register("before-parameter-build", lambda params, **_: asked.append(params))
{call}
print(json.dumps(asked))
"""


def test_ecs_is_asked_for_as_many_services_as_it_describes() -> None:
    """Ten at a time (Amazon ECS API reference, `DescribeServices`); moto would take more."""
    names = [f"worker-{number}" for number in range(23)]
    with worker_cloud() as cloud:
        asked = last_json(run("-c", ASK.format(call=f"services.desired_counts({names})"), **cloud.container(POOLS)))

    assert [len(each["services"]) for each in asked] == [10, 10, 3]


def test_an_alarm_of_ten_seconds_sees_each_number() -> None:
    """CloudWatch keeps them by the second; by the minute, its default, it takes no alarm of less."""
    with worker_cloud() as cloud:
        call = "services.publish({'worker-default': 1})"
        [published] = last_json(run("-c", ASK.format(call=call), **cloud.container(POOLS)))

    assert [each["StorageResolution"] for each in published["MetricData"]] == [1]
