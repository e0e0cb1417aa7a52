"""The numbers of a module that are computed from the numbers of workers, and from the size of the api-server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_on_fargate.export.replacement import Replacement
from constructs_lib.airflow.database_connections import api_workers
from constructs_lib.airflow.environment import MAX_QUEUED_AT_ONCE, QUEUED_PER_SLOT
from constructs_lib.settings.processes import API_SERVER, SCHEDULER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.settings.settings import Settings

LOCAL = "max_queued"
"""The local value of the maximum number of task instances that are queued or run (`AirflowEnvironment.max_queued`)."""


def max_queued(settings: Settings) -> int:
    """Return the maximum number of task instances of all queues that are queued or run at a time."""
    return QUEUED_PER_SLOT * sum(settings.max_slots.values())


def max_queued_expression(settings: Settings) -> str:
    """Return the same number as an expression of the module's variables."""
    compact = QUEUED_PER_SLOT * settings.compact_worker_slots if settings.has_compact_worker else 0
    terms = [_of_pool(settings, name) for name in settings.worker_pools]
    return " + ".join([*terms, *([str(compact)] if compact else [])])


def queue_replacements(settings: Settings, probed: Settings) -> Iterator[Replacement]:
    """Yield what stands for the numbers of *probed*, the *settings* with probes."""
    for name, pool in settings.worker_pools.items():
        probe = QUEUED_PER_SLOT * pool.slots * probed.worker_pools[name].max
        yield Replacement(probe, _of_pool(settings, name), QUEUED_PER_SLOT * pool.slots * pool.max)
    if settings.worker_pools:
        yield Replacement(max_queued(probed), f"local.{LOCAL}", max_queued(settings))
        if settings.topology == "split":
            count = f"var.processes_{SCHEDULER.name}_count"
            yield Replacement(_parallelism(probed), f"ceil(local.{LOCAL} / {count})", _parallelism(settings))


def variable_replacements(settings: Settings, probed: Settings) -> Iterator[tuple[str, Replacement]]:
    """Yield the environment variables with numbers that are too small to be probes."""
    if settings.worker_pools:
        probe, value = (str(min(max_queued(each), MAX_QUEUED_AT_ONCE)) for each in (probed, settings))
        yield (
            "AIRFLOW__SCHEDULER__MAX_TIS_PER_QUERY",
            Replacement(probe, f"tostring(min(local.{LOCAL}, {MAX_QUEUED_AT_ONCE}))", value),
        )
    if settings.topology == "split":
        name = API_SERVER.name.replace("-", "_")
        expression = f"tostring(max(1, floor(var.processes_{name}_size_cpu / 1024)))"
        yield "AIRFLOW__API__WORKERS", Replacement(str(api_workers(probed)), expression, str(api_workers(settings)))


def _of_pool(settings: Settings, name: str) -> str:
    return f"{QUEUED_PER_SLOT * settings.worker_pools[name].slots} * var.worker_pools_{name.replace('-', '_')}_max"


def _parallelism(settings: Settings) -> int:
    return -(-max_queued(settings) // settings.process(SCHEDULER.name).count)
