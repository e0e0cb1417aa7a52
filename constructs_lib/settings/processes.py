"""The table of Airflow's processes: command, size, ports and health check of each, and which share a task."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from constructs_lib.shared.containers import DEFAULT_QUEUE
from constructs_lib.shared.ecs import MAX_STOP_TIMEOUT_SEC, STOP_TIMEOUT_SEC

if TYPE_CHECKING:
    from constructs_lib.settings.settings import Settings

AIRFLOW_HOME = "/opt/airflow"
"""Airflow's folder in the image."""
API_PORT = 8080
HEALTH_PATH = "/api/v2/version"
"""A path that the api-server answers without a login and without a query of the database."""
START_PERIOD_SEC = 300
"""ECS's maximum. Five processes on one vCPU that wait for the first migration take minutes to start."""
MINIMUM_HEALTHY_PERCENT = 100
MAXIMUM_PERCENT = 200
"""
A deployment starts the new task before it stops the old one. Two of each process can run at a time: schedulers lock the
rows that they work on, triggerers share the triggers, and a DAG that two processors parse is stored once.
"""


@dataclass(frozen=True, kw_only=True)
class AirflowContainer:
    """A container of the Airflow image; its entrypoint runs *command*."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Process(AirflowContainer):
    """
    A container that runs for as long as its service.

    `cpu` (CPU units) and `memory_mib` are the size of a Fargate task that runs only this process. `min_cpu` and
    `min_memory_mib` are reserved for the container in a task that it shares with others. `port` is for people and other
    processes; the api-server reads logs of running tasks at `log_port`. `stop_timeout_sec` is the time from SIGTERM to
    SIGKILL; Fargate's maximum is 120. `interruptible`: the platform continues without it for a while, so Spot is safe.
    `scales`: more of them help when their CPU is busy.
    """

    id: str
    cpu: int
    memory_mib: int
    min_cpu: int
    min_memory_mib: int
    port: int | None = None
    log_port: int | None = None
    stop_timeout_sec: int = STOP_TIMEOUT_SEC
    interruptible: bool = True
    scales: bool = False


API_SERVER = Process(
    name="api-server",
    id="ApiServer",
    # No `--proxy-headers`: a network load balancer adds none, so that a client could send forged ones.
    command=("airflow", "api-server"),
    port=API_PORT,
    # A request of a page takes some 30 ms of a processor (docs/performance-api.md): 30 people use half a vCPU.
    cpu=1024,
    # Main process and worker need 350 MiB after some load, 150 more while a worker is renewed.
    memory_mib=2048,
    min_cpu=256,
    min_memory_mib=768,
    interruptible=False,
    scales=True,
)
SCHEDULER = Process(
    name="scheduler",
    id="Scheduler",
    command=("airflow", "scheduler"),
    cpu=512,
    memory_mib=1024,
    min_cpu=256,
    min_memory_mib=512,
    interruptible=False,
)
DAG_PROCESSOR = Process(
    name="dag-processor",
    id="DagProcessor",
    command=("airflow", "dag-processor"),
    cpu=256,
    memory_mib=1024,
    min_cpu=128,
    min_memory_mib=512,
)
TRIGGERER = Process(
    name="triggerer",
    id="Triggerer",
    command=("airflow", "triggerer"),
    log_port=8794,
    cpu=256,
    memory_mib=1024,
    min_cpu=96,
    min_memory_mib=512,
    # At the end it gives triggers 30 s for their `on_kill` ([triggerer] on_kill_timeout).
    stop_timeout_sec=60,
    scales=True,
)
WORKER = Process(
    name="worker",
    id="Worker",
    command=("airflow", "celery", "worker"),
    log_port=8793,
    # 300 MiB, and 80 MiB for each small task that runs.
    cpu=1024,
    memory_mib=2048,
    min_cpu=256,
    min_memory_mib=1024,
    # Celery waits for the tasks that run before it ends.
    stop_timeout_sec=MAX_STOP_TIMEOUT_SEC,
)
PROCESSES: tuple[Process, ...] = (API_SERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, WORKER)
"""Airflow's own processes. Each has its own service in the topology `split`."""
CORE_PROCESSES = tuple(process for process in PROCESSES if process is not WORKER)
"""The processes that are not workers."""

AUTOSCALER = Process(
    name="autoscaler",
    id="Autoscaler",
    command=("autoscaler",),
    # It shares a task with a scheduler. A round every 5 s takes 0.2 % of a vCPU; Python with boto3 takes 60 MiB.
    cpu=256,
    memory_mib=512,
    min_cpu=32,
    min_memory_mib=128,
)
"""Publishes how many workers each pool is missing. Only a stage with worker pools has it."""

MIGRATE = AirflowContainer(name="migrate", command=("migrate",))
"""Migrates the database and creates the admin user. It ends before the api-server starts."""


def health_check(process: Process) -> dict[str, Any]:
    """
    Return the `healthCheck` of *process*'s container for its container definition.

    The script checks only this process. It takes some 20 ms, because Python starts without its site packages.
    """
    script = f"{AIRFLOW_HOME}/lib/airflow_fargate/health.py"
    return {
        "command": ["CMD", "python", "-I", "-S", script, process.name],
        "interval": 30,
        "timeout": 10,
        "retries": 3,
        "startPeriod": START_PERIOD_SEC,
    }


def worker_memory_mib(slots: int) -> int:
    """Return the memory that a worker with *slots* small tasks needs (measured with Airflow 3.3)."""
    return 300 + 80 * slots


def worker_process(queue: str, slots: int) -> Process:
    """Return the process of a worker with *slots* that serves only *queue*."""
    return replace(
        WORKER,
        command=(*WORKER.command, "--queues", queue),
        min_memory_mib=max(WORKER.min_memory_mib, worker_memory_mib(slots)),
    )


def compact_task(settings: Settings) -> list[Process]:
    """Return the processes of the one task of the compact topology."""
    processes = list(CORE_PROCESSES)
    if settings.worker_pools:
        processes.append(AUTOSCALER)
    if settings.has_compact_worker:
        processes.append(worker_process(DEFAULT_QUEUE, settings.compact_worker_slots))
    return processes


def own_task(process: Process) -> list[Process]:
    """Return the processes of the task of *process* in the split topology, which always has a worker pool."""
    return [process, AUTOSCALER] if process is SCHEDULER else [process]
