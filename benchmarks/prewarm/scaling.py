"""Stands in for CloudWatch's alarms, Application Auto Scaling and ECS's services: the stage's own policies are real."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from airflow_on_fargate.local.access_keys import owner_key
from airflow_on_fargate.local.credentials import client
from airflow_on_fargate.local.launch import Agent
from airflow_on_fargate.local.machine import Machine
from airflow_on_fargate.local.state import State
from airflow_on_fargate.simulator.cloudwatch import OWN_METRIC_DELAY_SEC, Metric
from airflow_on_fargate.simulator.composed import read_stage
from airflow_on_fargate.simulator.scaling import ScalableTarget, scale_on_alarm
from airflow_on_fargate.simulator.stage import Pool
from benchmarks.prewarm.clock import RealClock
from benchmarks.prewarm.workers import Launcher, Service, Worker
from constructs_lib.engine.synthesized_stack import SynthesizedStack
from constructs_lib.settings.worker_pool import service_name
from constructs_lib.shared.workers_missing import METRIC, NAMESPACE, dimensions

POLL_SEC = 1
WINDOW_SEC = 20
"""How far back the published numbers are read; older ones have been read before."""


class Published:
    """The numbers that the autoscaler publishes to the CloudWatch of the stack, read for alarms as they arrive."""

    def __init__(self, cloudwatch: Any, *, cluster: str) -> None:  # noqa: ANN401 boto3 has no types
        self._cloudwatch = cloudwatch
        self._cluster = cluster
        self._metrics: list[tuple[str, Metric]] = []
        self._seen: dict[str, datetime] = {}

    def add(self, service: str, metric: Metric) -> None:
        """Put the numbers for *service* into *metric* from now on."""
        self._metrics.append((service, metric))
        # The time of a number is the second in which it was published.
        self._seen[service] = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)

    def read(self) -> None:
        """Read the numbers that are new."""
        now = datetime.now(UTC)
        answer = self._cloudwatch.get_metric_data(
            MetricDataQueries=[self._query(f"m{index}", name) for index, (name, _) in enumerate(self._metrics)],
            StartTime=now - timedelta(seconds=WINDOW_SEC),
            EndTime=now + timedelta(seconds=2),
            ScanBy="TimestampAscending",
        )
        for (service, metric), result in zip(self._metrics, answer["MetricDataResults"], strict=True):
            for when, value in zip(result["Timestamps"], result["Values"], strict=True):
                if when > self._seen[service]:
                    self._seen[service] = when
                    metric.put(value)

    def _query(self, id_: str, service: str) -> dict[str, Any]:
        named = dimensions(cluster=self._cluster, service=service)
        metric = {
            "Namespace": NAMESPACE,
            "MetricName": METRIC,
            "Dimensions": [{"Name": name, "Value": value} for name, value in named.items()],
        }
        return {"Id": id_, "MetricStat": {"Metric": metric, "Period": 1, "Stat": "Maximum"}}


def follow(service: Service, pool: Pool) -> Metric:
    """Let the policies of *pool* change the desired count of its *service*, and return the metric that they follow."""
    clock, random = service.clock, Random(service.name)  # noqa: S311 no secret: when an alarm is evaluated
    target = ScalableTarget(clock, service, minimum=pool.minimum, maximum=pool.maximum)
    metric = Metric(clock, delay_sec=OWN_METRIC_DELAY_SEC)
    for policy in pool.policies:
        scale_on_alarm(clock, random, target, alarm=policy.alarm, metric=metric, scale=policy.act)
    return metric


class Scaling:
    """The services of all pools of the stack of *state*, by their queue, and what changes their desired counts."""

    def __init__(self, state: State) -> None:
        machine = Machine.read(state)
        stack = SynthesizedStack.read(state.template(machine.stage))
        agent = Agent(state=state, endpoint=machine.endpoint, region=stack.region, containers=machine.containers)
        self._state = state
        self._launcher = Launcher(agent)
        self.clock = RealClock()
        self.services: dict[str, Service] = {}
        cloudwatch = client("cloudwatch", key=owner_key(state), endpoint=machine.endpoint, region=stack.region)
        self._published = Published(cloudwatch, cluster=stack.one("aws_ecs_cluster")["name"])
        families = {
            each.name: stack.all("aws_ecs_task_definition")[each.task_definition]["family"] for each in stack.services()
        }
        for queue, pool in read_stage(machine.stage, state.stacks / "stacks").pools.items():
            self._add(queue, pool, family=families[service_name(queue)])
        self._written = ""
        self.clock.every(POLL_SEC, self._look)

    def _add(self, queue: str, pool: Pool, *, family: str) -> None:
        """Add the service of *pool*."""
        service = Service(service_name(queue), family, pool.stop_timeout_sec, self.clock, self._launcher)
        self.services[queue] = service
        self._published.add(service.name, follow(service, pool))

    def workers(self, *queues: str) -> Iterator[Worker]:
        """Yield all workers that the services of *queues* have had, by default those of all services."""
        for queue in queues or self.services:
            yield from self.services[queue].workers

    def stop(self) -> None:
        """Kill all workers."""
        self._launcher.kill_all(self.workers())

    def write_counts(self) -> None:
        """Let DescribeServices answer with the counts of the services."""
        written = json.dumps({each.name: dict(each.counts) for each in self.services.values()})
        if written != self._written:
            temporary = self._state.service_counts.with_suffix(".new")
            temporary.write_text(written)
            temporary.rename(self._state.service_counts)
            self._written = written

    def _look(self) -> None:
        self._published.read()
        for service in self.services.values():
            service.look()
        self.write_counts()
