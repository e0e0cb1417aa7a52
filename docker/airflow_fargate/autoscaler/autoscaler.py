"""
Publish, every few seconds, how many workers each pool is missing.

Application Auto Scaling follows the number. Two autoscalers, one with each scheduler, publish the same one.
"""

import json
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg2
from botocore.exceptions import BotoCoreError, ClientError

from airflow_fargate.autoscaler.work import Work
from airflow_fargate.autoscaler.worker_services import WorkerServices
from airflow_fargate.dag_retention import start_retention
from airflow_fargate.health import beat
from airflow_fargate.schema import wait_for_schema
from constructs_lib.shared.workers_missing import ROUND_SEC, Publication, workers_needed

log = logging.getLogger(__name__)

VARIABLE = "AIRFLOW_FARGATE_WORKER_POOLS"


@dataclass(frozen=True, kw_only=True)
class WorkerPool:
    """The ECS service of a pool's workers, the slots of a worker, and the limits of the number of workers."""

    service: str
    slots: int
    min_count: int
    max_count: int

    def workers_needed(self, instances: int) -> int:
        """Return the number of workers that queued and running task *instances* need."""
        return workers_needed(instances, slots=self.slots, minimum=self.min_count, maximum=self.max_count)


def worker_pools(environment: Mapping[str, str]) -> dict[str, WorkerPool]:
    """Return the pools of `AIRFLOW_FARGATE_WORKER_POOLS`, by the name of the queue that each serves."""
    return {
        queue: WorkerPool(service=pool["service"], slots=pool["slots"], min_count=pool["least"], max_count=pool["most"])
        for queue, pool in json.loads(environment[VARIABLE]).items()
    }


class Autoscaler:
    """The state of the loop: the *pools*, and what it published last."""

    def __init__(self, pools: Mapping[str, WorkerPool], work: Work, services: WorkerServices) -> None:
        self._pools = pools
        self._work = work
        self._services = services
        self._publication = Publication()

    def look(self) -> None:
        """
        Count, and publish the missing workers if the numbers have changed or are due.

        Raises:
            psycopg2.Error: the database cannot be asked.
            botocore.exceptions.BotoCoreError: AWS is out of reach.
            botocore.exceptions.ClientError: AWS refuses.

        """
        instances = self._work.count(self._pools)
        desired = self._services.desired_counts([pool.service for pool in self._pools.values()])
        missing = {}
        for queue, pool in self._pools.items():
            if pool.service in desired:
                needed = pool.workers_needed(instances[queue])
                missing[pool.service] = needed - desired[pool.service]
                if missing[pool.service] != self._publication.published.get(pool.service, 0):
                    log.info(
                        "%s: %d task instances need %d workers; there should be %d",
                        *(queue, instances[queue], needed, desired[pool.service]),
                    )
        now = time.monotonic()
        if self._publication.is_due(missing, now):
            self._services.publish(missing)
            self._publication.note(missing, now)


def autoscale() -> None:
    """
    Wait for the database's tables, then publish every five seconds until SIGTERM.

    While the database or AWS does not answer, nothing is published; without data no alarm changes the worker count.

    Raises:
        SystemExit: SIGTERM, or the tables are not there in time.

    """
    # Process 1 of a container is not ended by a signal that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    autoscaler = Autoscaler(worker_pools(os.environ), Work(), WorkerServices())
    wait_for_schema()
    start_retention(os.environ)
    logged = ""
    while True:
        beat()
        began = time.monotonic()
        try:
            autoscaler.look()
        except (psycopg2.Error, BotoCoreError, ClientError) as error:
            failure = " ".join(str(error).split())
        else:
            failure = ""
        if failure != logged:
            log.warning("%s", failure) if failure else log.info("Database and AWS answer again")
            logged = failure
        time.sleep(max(0, began + ROUND_SEC - time.monotonic()))
