"""The metrics of the queue, as SQS publishes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_on_fargate.simulator.cloudwatch import AWS_METRIC_DELAY_SEC, MINUTE, Metric

if TYPE_CHECKING:
    from airflow_on_fargate.simulator.simulation import Simulation

IDLE_SEC = 6 * 3600
"""A queue without messages and requests for so long is inactive, and has no metrics."""
RETURN_SEC = 15 * 60
"""How soon the metrics of a queue return when it is active again ("Available CloudWatch metrics for Amazon SQS")."""
MORE_THAN_ALL = 1.01
"""The value that is published if there is work and no worker."""


class QueueMetric:
    """Publish each minute the messages, visible and in flight, as a share of the slots of all desired workers."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._used_sec = self._from_sec = 0.0
        self.metric = Metric(simulation.clock, delay_sec=AWS_METRIC_DELAY_SEC)
        simulation.clock.every(MINUTE, self._publish, first=simulation.random.uniform(0, MINUTE))

    def _publish(self) -> None:
        now = self._simulation.clock.now
        # A task can run for longer than the visibility timeout. Its message then returns, and the worker that receives
        # it refuses it: the task runs on without a message.
        messages = self._simulation.scheduler.messages(self._simulation.pool.visibility_timeout_sec)
        if messages or self._simulation.service.workers:
            if now - self._used_sec > IDLE_SEC:
                self._from_sec = now + self._simulation.random.uniform(0, RETURN_SEC)
            self._used_sec = now
        if now - self._used_sec <= IDLE_SEC and now >= self._from_sec:
            workers, slots = self._simulation.service.desired, self._simulation.pool.slots
            share = messages / (max(1, workers) * slots)
            # Without workers x/0 would give no data, and a share of one worker's slots might not be above the target.
            self.metric.put(max(share, MORE_THAN_ALL) if messages and not workers else share)
