"""Airflow's processes as services, in either topology, with how many run of each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from constructs_lib.airflow.worker_scaling import WorkerScaling
from constructs_lib.airflow.workers import Workers
from constructs_lib.ecs.service_scaling import ServiceScaling
from constructs_lib.engine.names import pascal_case
from constructs_lib.settings.capacity import TaskSize
from constructs_lib.settings.processes import WORKER, compact_task, own_task, worker_process
from constructs_lib.settings.worker_pool import service_name

if TYPE_CHECKING:
    from functools import partial

    from constructs_lib.airflow.airflow_service import AirflowService
    from constructs_lib.airflow.environment import AirflowEnvironment
    from constructs_lib.ecs.cluster import Cluster
    from constructs_lib.settings.processes import Process
    from constructs_lib.settings.settings import Settings
    from constructs_lib.storage.queue import Queue


def together(settings: Settings, given: AirflowEnvironment, define: partial[AirflowService]) -> AirflowService:
    """Define the service of the compact topology."""
    processes = compact_task(settings)
    return define(
        "Airflow",
        name="airflow",
        processes=processes,
        size=settings.compact_size,
        count=1,
        capacity=settings.compact_capacity,
        permissions=[each for process in processes for each in settings.process(process.name).permissions],
        said=settings.processes,
        given=given,
    )


def alone(
    process: Process, settings: Settings, cluster: Cluster, given: AirflowEnvironment, define: partial[AirflowService]
) -> AirflowService:
    """Define the service of *process* in the split topology; with a `max_count` its number follows its CPU."""
    said = settings.process(process.name)
    service = define(
        process.id,
        name=process.name,
        processes=own_task(process),
        size=said.size or TaskSize(cpu=process.cpu, memory_mib=process.memory_mib),
        count=said.count,
        capacity=said.capacity,
        permissions=said.permissions,
        said={process.name: said},
        given=given,
    )
    if said.max_count:
        scaling = ServiceScaling(
            service, "Scaling", cluster=cluster, service=service.service, least=said.count, most=said.max_count
        )
        scaling.follow_cpu()
    return service


def workers(
    name: str,
    *,
    queue: Queue,
    settings: Settings,
    cluster: Cluster,
    given: AirflowEnvironment,
    define: partial[AirflowService],
) -> Workers:
    """Define the service of the worker pool *name*, whose number of tasks follows the work in *queue*."""
    pool = settings.worker_pools[name]
    service = define(
        f"Worker{pascal_case(name)}",
        name=service_name(name),
        processes=[worker_process(name, pool.slots)],
        size=pool.size,
        count=pool.min,
        capacity=pool.capacity,
        architecture=pool.architecture,
        permissions=pool.permissions,
        said={WORKER.name: pool},
        given=replace(given, worker_queue=name, worker_slots=pool.slots, protects_task=True),
    )
    scaling = WorkerScaling(service, "Scaling", cluster=cluster, service=service.service, pool=pool)
    return Workers(queue, service, scaling)
