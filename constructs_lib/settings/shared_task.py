"""Which of Airflow's processes share a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.settings.processes import AUTOSCALER, PROCESSES, SCHEDULER, WORKER
from constructs_lib.settings.worker_pool import DEFAULT_QUEUE, worker_process

if TYPE_CHECKING:
    from constructs_lib.settings.processes import Process
    from constructs_lib.settings.settings import Settings

CORE = tuple(process for process in PROCESSES if process is not WORKER)


def compact_task(settings: Settings) -> list[Process]:
    """Return the processes of the one task of the compact topology."""
    processes = list(CORE)
    if settings.worker_pools:
        processes.append(AUTOSCALER)
    if settings.has_compact_worker:
        processes.append(worker_process(DEFAULT_QUEUE, settings.compact_worker_slots))
    return processes


def own_task(process: Process) -> list[Process]:
    """Return the processes of the task of *process* in the split topology, which always has a worker pool."""
    return [process, AUTOSCALER] if process is SCHEDULER else [process]
