"""ECS and CloudWatch on loopback, as the autoscaler meets them."""

import itertools
import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

REGION = "us-east-1"
_numbers = itertools.count(1)
# All of moto's servers in a process know the same resources.


class WorkerCloud:
    """A cluster with services without tasks, and their published metric."""

    def __init__(self, url: str, *services: str) -> None:
        self._url = url
        self.cluster = f"airflow-{next(_numbers)}"
        session = boto3.Session("test", "test", region_name=REGION)
        self._ecs: Any = session.client("ecs", endpoint_url=url)
        self._cloudwatch: Any = session.client("cloudwatch", endpoint_url=url)
        self._ecs.create_cluster(clusterName=self.cluster)
        worker = {"name": "worker", "image": "airflow", "memory": 512}
        self._ecs.register_task_definition(family="worker", containerDefinitions=[worker])
        for service in services:
            self._ecs.create_service(cluster=self.cluster, serviceName=service, taskDefinition="worker", desiredCount=0)

    def want(self, **counts: int) -> None:
        """Set the desired counts of services, as Application Auto Scaling does; `_` means `-`."""
        for service, count in counts.items():
            self._ecs.update_service(cluster=self.cluster, service=service.replace("_", "-"), desiredCount=count)

    def remove(self, service: str) -> None:
        """Delete a service."""
        self._ecs.delete_service(cluster=self.cluster, service=service)

    def published(self, service: str, name: str = "WorkersMissing") -> list[float]:
        """Return a metric's numbers for *service* in the last minutes, one a second, the newest first."""
        dimensions = [{"Name": "ClusterName", "Value": self.cluster}, {"Name": "ServiceName", "Value": service}]
        metric = {"Namespace": "AirflowFargate", "MetricName": name, "Dimensions": dimensions}
        answer = self._cloudwatch.get_metric_data(
            MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": metric, "Period": 1, "Stat": "Minimum"}}],
            StartTime=time.time() - 300,
            EndTime=time.time() + 10,
            ScanBy="TimestampDescending",
        )
        return list(answer["MetricDataResults"][0]["Values"])

    def container(self, pools: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
        """Return the variables of a container with an autoscaler of *pools*."""
        return {
            "AIRFLOW_FARGATE_CLUSTER": self.cluster,
            "AIRFLOW_FARGATE_WORKER_POOLS": json.dumps(pools),
            "AWS_ENDPOINT_URL": self._url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }


@contextmanager
def worker_cloud(*services: str) -> Iterator[WorkerCloud]:
    """Serve it on a free port."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield WorkerCloud(f"http://{host}:{port}", *services)
    server.stop()
