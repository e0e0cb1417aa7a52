"""The ECS services of the workers: their counts, and the metrics of missing and forecast workers."""

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import boto3
from botocore.config import Config

from constructs_lib.shared.ecs import DESCRIBED_SERVICES
from constructs_lib.shared.workers_missing import FORECAST_METRIC, METRIC, NAMESPACE, dimensions

BOUNDED = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})


class Count(NamedTuple):
    """How many workers ECS keeps in a service, and how many of them run."""

    desired: int
    running: int


class WorkerServices:
    """Services of the cluster that `AIRFLOW_FARGATE_CLUSTER` names; a call takes up to 16 s."""

    def __init__(self) -> None:
        self._cluster = os.environ["AIRFLOW_FARGATE_CLUSTER"]
        self._ecs = boto3.client("ecs", config=BOUNDED)
        self._cloudwatch = boto3.client("cloudwatch", config=BOUNDED)

    def counts(self, services: Sequence[str]) -> dict[str, Count]:
        """
        Return how many workers each of *services* has; services that do not exist are omitted.

        Raises:
            botocore.exceptions.BotoCoreError: AWS is out of reach.
            botocore.exceptions.ClientError: AWS refuses.

        """
        counts: dict[str, Count] = {}
        for first in range(0, len(services), DESCRIBED_SERVICES):
            asked = list(services[first : first + DESCRIBED_SERVICES])
            found = self._ecs.describe_services(cluster=self._cluster, services=asked)["services"]
            # A deleted service is INACTIVE for a while.
            counts |= {
                each["serviceName"]: Count(each["desiredCount"], each["runningCount"])
                for each in found
                if each["status"] == "ACTIVE"
            }
        return counts

    def publish(self, missing: Mapping[str, int], forecast: Mapping[str, int]) -> None:
        """
        Publish how many workers are *missing*, or below zero too many, and how many are *forecast*, by service.

        All numbers are in one call, which AWS charges.

        Raises:
            botocore.exceptions.BotoCoreError: AWS is out of reach.
            botocore.exceptions.ClientError: AWS refuses.

        """
        metrics = {METRIC: missing, FORECAST_METRIC: forecast}
        self._cloudwatch.put_metric_data(
            Namespace=NAMESPACE,
            MetricData=[
                {
                    "MetricName": metric,
                    "Dimensions": [
                        {"Name": name, "Value": value}
                        for name, value in dimensions(cluster=self._cluster, service=service).items()
                    ],
                    "Value": number,
                    "Unit": "Count",
                    # A resolution of a second: an alarm with a period of ten seconds requires it.
                    "StorageResolution": 1,
                }
                for metric, numbers in metrics.items()
                for service, number in numbers.items()
            ],
        )
