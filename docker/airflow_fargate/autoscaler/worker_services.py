"""The ECS services of the workers: their desired counts, and the metric of missing workers."""

import os
from collections.abc import Mapping, Sequence

import boto3
from botocore.config import Config

from constructs_lib.shared.ecs import DESCRIBED_SERVICES
from constructs_lib.shared.workers_missing import METRIC, NAMESPACE, dimensions

BOUNDED = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})


class WorkerServices:
    """Services of the cluster that `AIRFLOW_FARGATE_CLUSTER` names; a call takes up to 16 s."""

    def __init__(self) -> None:
        self._cluster = os.environ["AIRFLOW_FARGATE_CLUSTER"]
        self._ecs = boto3.client("ecs", config=BOUNDED)
        self._cloudwatch = boto3.client("cloudwatch", config=BOUNDED)

    def desired_counts(self, services: Sequence[str]) -> dict[str, int]:
        """
        Return how many workers ECS keeps in each of *services*; services that do not exist are omitted.

        Raises:
            botocore.exceptions.BotoCoreError: AWS is out of reach.
            botocore.exceptions.ClientError: AWS refuses.

        """
        counts: dict[str, int] = {}
        for first in range(0, len(services), DESCRIBED_SERVICES):
            asked = list(services[first : first + DESCRIBED_SERVICES])
            found = self._ecs.describe_services(cluster=self._cluster, services=asked)["services"]
            # A deleted service is INACTIVE for a while.
            counts |= {each["serviceName"]: each["desiredCount"] for each in found if each["status"] == "ACTIVE"}
        return counts

    def publish(self, missing: Mapping[str, int]) -> None:
        """
        Publish how many workers are *missing*, or below zero too many, by service: all in one call, which AWS charges.

        Raises:
            botocore.exceptions.BotoCoreError: AWS is out of reach.
            botocore.exceptions.ClientError: AWS refuses.

        """
        self._cloudwatch.put_metric_data(
            Namespace=NAMESPACE,
            MetricData=[
                {
                    "MetricName": METRIC,
                    "Dimensions": [
                        {"Name": name, "Value": value}
                        for name, value in dimensions(cluster=self._cluster, service=service).items()
                    ],
                    "Value": number,
                    "Unit": "Count",
                    # A resolution of a second: an alarm with a period of ten seconds requires it.
                    "StorageResolution": 1,
                }
                for service, number in missing.items()
            ],
        )
