"""Promises of what the autoscaler asks of AWS."""

from tests.airflow_fargate.autoscaler.running import POOLS
from tests.airflow_fargate.autoscaler.worker_cloud import worker_cloud
from tests.airflow_fargate.container import called


def test_ecs_is_asked_for_as_many_services_as_it_describes() -> None:
    """Services are described ten at a time, ECS's maximum."""
    names = [f"worker-{number}" for number in range(23)]
    with worker_cloud() as cloud:
        asked = called("autoscaler.asked_of_aws", "counts", names, **cloud.container(POOLS))

    assert [len(each["services"]) for each in asked] == [10, 10, 3]


def test_an_alarm_of_ten_seconds_sees_each_number() -> None:
    """The metric has a resolution of a second, which an alarm with a period of ten seconds requires."""
    with worker_cloud() as cloud:
        missing = {"worker-default": 1}
        [published] = called("autoscaler.asked_of_aws", "publish", missing, {}, **cloud.container(POOLS))

    assert [each["StorageResolution"] for each in published["MetricData"]] == [1]
