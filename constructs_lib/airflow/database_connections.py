"""The connections to the database: how many Airflow's processes open, and how many the database allows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs_lib.settings.processes import API_SERVER, CORE_PROCESSES, SCHEDULER
from constructs_lib.shared.containers import PEOPLE_REQUESTS, TASK_REQUESTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.settings.settings import Settings

GIB = 1024**3
RESERVED = 10
"""Connections for superusers (3 in PostgreSQL), RDS itself (2), the migration, and people."""
SMALL_GIB = {"nano": 0.5, "micro": 1, "small": 2, "medium": 4}
GIB_PER_LARGE = {"t": 8, "m": 8, "c": 4, "r": 16, "x": 32}
"""Memory of the size `large`, by the first letter of an instance class."""


@dataclass(frozen=True, kw_only=True)
class ConnectionPool:
    """A process's pool: it keeps `size` connections open, and opens `overflow` more under load."""

    size: int
    overflow: int

    @property
    def maximum(self) -> int:
        """Return the maximum number of connections."""
        return self.size + self.overflow


API_SERVER_POOL = ConnectionPool(size=6, overflow=PEOPLE_REQUESTS + TASK_REQUESTS + 4 - 6)
"""
The pool of each worker of the api-server: a connection for each request, and four for a second transaction of a request
and for the check of its token. That check blocks the event loop (apache/airflow#66493). With a pool smaller than the
number of requests, all of them wait for each other until they fail.
"""
POOL = ConnectionPool(size=3, overflow=2)
"""The pool of every other process. Measured with 200 tasks at once, each used at most two connections."""
WORKER_CONNECTIONS = 1
"""The connections of a Celery worker besides one for each slot, whose process stores the results of its tasks."""


def connection_pool(process: str) -> ConnectionPool:
    """Return the pool of the process of that name."""
    return API_SERVER_POOL if process == API_SERVER.name else POOL


def api_workers(settings: Settings) -> int:
    """Return the number of workers of an api-server: one for each whole vCPU, because Python uses one."""
    size = settings.process(API_SERVER.name).size
    return max(1, size.cpu // 1024) if size else 1


def connection_warnings(settings: Settings) -> Iterator[str]:
    """
    Yield a sentence if all processes of the stage may open more connections than its database allows.

    A deployment runs two of each task for a while; the pools of one of them are idle then. The limit of an existing
    database is unknown.
    """
    allowed = max_connections(settings.database_instance_class)
    if settings.existing_database or allowed is None:
        return
    needed = _core(settings) + 2 * _workers(settings) + RESERVED
    if needed > allowed:
        yield (
            f"all processes may open {needed} connections to the database during a deployment, and"
            f" {settings.database_instance_class} allows about {allowed}: choose a larger database_instance_class, or"
            " lower max of worker_pools or max_count of processes"
        )


def max_connections(instance_class: str) -> int | None:
    """
    Return how many connections RDS allows by default, None for a class whose memory is not known here.

    RDS: `LEAST(DBInstanceClassMemory/9531392, 5000)`. That memory is the instance's without what RDS and the system
    use: here 0.3 GiB, or 7 %.
    """
    found = re.fullmatch(r"db\.([a-z])[0-9][a-z0-9-]*\.(?:(nano|micro|small|medium)|([0-9]*)(x?)large)", instance_class)
    if not found or found[1] not in GIB_PER_LARGE:
        return None
    letter, small, times, x = found.groups()
    gib = SMALL_GIB[small] if small else GIB_PER_LARGE[letter] * (2 * int(times or 1) if x else 1)
    return min(int(min(gib - 0.3, gib * 0.93) * GIB / 9531392), 5000)


def _core(settings: Settings) -> int:
    pools = {process.name: connection_pool(process.name) for process in CORE_PROCESSES}
    per_process = {name: pool.maximum + pool.size for name, pool in pools.items()}
    per_process[API_SERVER.name] *= api_workers(settings)
    counts = {
        name: (process := settings.process(name)).max_count or process.count if settings.topology == "split" else 1
        for name in per_process
    }
    autoscalers = 2 * counts[SCHEDULER.name] if settings.worker_pools else 0
    return sum(per_process[name] * count for name, count in counts.items()) + autoscalers


def _workers(settings: Settings) -> int:
    own = WORKER_CONNECTIONS + settings.compact_worker_slots if settings.has_compact_worker else 0
    return own + sum((WORKER_CONNECTIONS + pool.slots) * pool.max for pool in settings.worker_pools.values())
