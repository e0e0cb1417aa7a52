"""
Publish, every few seconds, how many workers each pool is missing, and how many of them for runs that are due soon.

Application Auto Scaling follows the number. Two autoscalers, one with each scheduler, publish about the same one; an
alarm takes the maximum.
"""

import json
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import psycopg2
from botocore.exceptions import BotoCoreError, ClientError

from airflow_fargate.autoscaler.ahead import Ahead
from airflow_fargate.autoscaler.metadata import Metadata
from airflow_fargate.autoscaler.schedule import Schedule
from airflow_fargate.autoscaler.work import Work
from airflow_fargate.autoscaler.worker_services import Count, WorkerServices
from airflow_fargate.dag_retention import start_retention
from airflow_fargate.health import beat
from airflow_fargate.schema import wait_for_schema
from constructs_lib.shared.worker_starts import WorkerStarts
from constructs_lib.shared.workers_missing import ROUND_SEC, Active, Bounds, ExpectedSlots, Publication

log = logging.getLogger(__name__)

VARIABLE = "AIRFLOW_FARGATE_WORKER_POOLS"


@dataclass(frozen=True)
class WorkerPool:
    """The ECS service of a pool's workers, and the bounds of their number."""

    service: str
    bounds: Bounds


def worker_pools(environment: Mapping[str, str]) -> dict[str, WorkerPool]:
    """Return the pools of `AIRFLOW_FARGATE_WORKER_POOLS`, by the name of the queue that each serves."""
    pools = json.loads(environment[VARIABLE])
    return {queue: WorkerPool(pool["service"], Bounds.of(pool)) for queue, pool in pools.items()}


class Autoscaler:
    """The state of the loop: the *pools*, the runs *ahead*, and what it published last."""

    def __init__(self, pools: Mapping[str, WorkerPool], work: Work, ahead: Ahead, services: WorkerServices) -> None:
        self._pools = pools
        self._work = work
        self._ahead = ahead
        self._services = services
        self._starts = {queue: WorkerStarts() for queue in pools}
        self._publication = Publication()

    @classmethod
    def of(cls, pools: Mapping[str, WorkerPool]) -> Self:
        """Return the autoscaler of *pools* in this container."""
        metadata = Metadata()
        ahead = Ahead(Schedule(metadata, pools), {queue: pool.bounds for queue, pool in pools.items()})
        return cls(pools, Work(metadata), ahead, WorkerServices())

    def look(self) -> None:
        """
        Count, and publish the missing workers if the numbers have changed or are due.

        Raises:
            psycopg2.Error: the database cannot be asked.
            botocore.exceptions.BotoCoreError: AWS is out of reach.
            botocore.exceptions.ClientError: AWS refuses.

        """
        active = self._work.count(self._pools)
        self._ahead.look()
        counts = self._services.counts([pool.service for pool in self._pools.values()])
        missing, forecast = {}, {}
        for queue, pool in self._pools.items():
            if pool.service in counts:
                lead_sec = self._starts[queue].lead_sec
                self._ahead.announce(queue, lead_sec=lead_sec)
                expected = self._ahead.slots(queue, lead_sec=lead_sec)
                missing[pool.service] = self._missing(queue, active[queue], expected, counts[pool.service])
                if pool.bounds.prewarm_max:
                    forecast[pool.service] = pool.bounds.forecast(active[queue], expected)
        now = time.monotonic()
        if self._publication.is_due(missing, now):
            self._services.publish(missing, forecast)
            self._publication.note(missing, now)

    def _missing(self, queue: str, active: Active, expected: ExpectedSlots, count: Count) -> int:
        """Return how many workers the pool of *queue* is missing, log a change, and measure how long workers take."""
        service, pool = self._pools[queue].service, self._pools[queue].bounds
        missing = pool.missing(active, expected, desired=count.desired)
        self._starts[queue].note(
            time.monotonic(),
            wanted=count.desired + max(0, missing),
            running=count.running,
            queued=active.queued,
            busy=active.busy,
        )
        if missing != self._publication.published.get(service, 0):
            log.info("%s: %s", queue, _decision(pool, active, missing=missing, desired=count.desired))
        return missing


def _decision(pool: Bounds, active: Active, *, missing: int, desired: int) -> str:
    """Return how many workers are *missing*, or below zero too many, and why, for the log."""
    state = "as many as needed"
    if missing:
        state = f"{missing} missing" if missing > 0 else f"{-missing} too many"
    workers, needed = -(-active.instances // pool.slots), pool.needed(active.instances)
    reasons = [f"{active.instances} queued and running task instances need {workers}"]
    if workers != needed:
        reasons.append(f"the minimum is {needed}" if workers < needed else f"the maximum is {needed}")
    # Beyond the work there are only workers that expected runs need.
    if (more := desired + missing - needed) > 0:
        reasons.append(f"runs that are due soon need {more} more")
    return f"{desired} workers desired, {state}: {', '.join(reasons)}"


def autoscale() -> None:
    """
    Wait for the database's tables, then publish every five seconds until SIGTERM.

    While the database or AWS does not answer, nothing is published; without data no alarm changes the worker count.

    Raises:
        SystemExit: SIGTERM, or the tables are not there in time.

    """
    # Process 1 of a container is not ended by a signal that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    autoscaler = Autoscaler.of(worker_pools(os.environ))
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
            if failure:
                log.warning("nothing is published, so the number of workers stays: %s", failure)
            else:
                log.info("Database and AWS answer again")
            logged = failure
        time.sleep(max(0, began + ROUND_SEC - time.monotonic()))
