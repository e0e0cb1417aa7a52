"""What the image knows of the stage's worker pools."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from constructs_lib.shared.workers_missing import workers_needed

DEFAULT_POOL = "default_pool"
"""Airflow's own pool, of the tasks whose DAG names none: here those of the queue `default`."""
VARIABLE = "AIRFLOW_FARGATE_WORKER_POOLS"


@dataclass(frozen=True, kw_only=True)
class WorkerPool:
    """The ECS service of the pool's workers, how many task instances one runs at a time, and how many there may be."""

    service: str
    slots: int
    least: int
    most: int

    def workers_needed(self, instances: int) -> int:
        """Return how many workers the task *instances* that are queued or run need."""
        return workers_needed(instances, slots=self.slots, minimum=self.least, maximum=self.most)


def worker_pools(environment: Mapping[str, str]) -> dict[str, WorkerPool]:
    """Return the pools, by the name of the queue that they serve, that `AIRFLOW_FARGATE_WORKER_POOLS` tells of."""
    return {queue: WorkerPool(**pool) for queue, pool in json.loads(environment[VARIABLE]).items()}
