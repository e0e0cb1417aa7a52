"""Airflow's processes, a row each: what runs, how large, on which ports, and how it is found healthy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from constructs_lib.settings.settings import Settings

DEFAULT_QUEUE = "default"
"""Airflow's name of the queue that a task goes to if its DAG names none ([operators] default_queue)."""
AIRFLOW_HOME = "/opt/airflow"
"""Where Airflow is in the image."""
API_PORT = 8080
HEALTH_PATH = "/api/v2/version"
"""What the api-server answers without a login and without asking the database."""
START_PERIOD_SEC = 300
"""ECS's maximum: five processes that share one vCPU, waiting for a first migration, take minutes to start."""
MINIMUM_HEALTHY_PERCENT = 100
MAXIMUM_PERCENT = 200
"""
A deployment starts the new task before it stops the old one. Airflow allows two of every process at a time: schedulers
lock the rows they work on, triggerers share the triggers, a DAG that two processors parse is stored once.
"""


@dataclass(frozen=True, kw_only=True)
class AirflowContainer:
    """A container of the Airflow image: *command* is what its entrypoint is told to run."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Process(AirflowContainer):
    """
    A container that runs for as long as its service.

    `cpu` (CPU units) and `memory_mib` are the size of a Fargate task that runs this process alone, `min_cpu` and
    `min_memory_mib` what the container is sure of in a task that it shares with the others. `port` serves people and
    other processes, `log_port` the logs of running tasks to the api-server. `stop_timeout_sec` is the time from SIGTERM
    to SIGKILL, 120 at most on Fargate. `interruptible`: Spot may take it away, and nobody notices much.
    `scales`: more of it do more where its CPU is busy.
    """

    id: str
    cpu: int
    memory_mib: int
    min_cpu: int
    min_memory_mib: int
    port: int | None = None
    log_port: int | None = None
    stop_timeout_sec: int = 30
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
    # 300 MiB and 80 MiB for each small task that runs.
    cpu=1024,
    memory_mib=2048,
    min_cpu=256,
    min_memory_mib=1024,
    # Celery waits for the tasks that run before it ends.
    stop_timeout_sec=120,
)
PROCESSES: tuple[Process, ...] = (API_SERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, WORKER)
"""Airflow's own, each with a service of its own in the `split` topology."""
CORE_PROCESSES = tuple(process for process in PROCESSES if process is not WORKER)
"""Those that are not workers."""

AUTOSCALER = Process(
    name="autoscaler",
    id="Autoscaler",
    command=("autoscaler",),
    # It is always beside a scheduler. Looking every 5 s takes 0.2 % of a vCPU, and Python with boto3 60 MiB.
    cpu=256,
    memory_mib=512,
    min_cpu=32,
    min_memory_mib=128,
)
"""Publishes how many workers the pools are missing, where there are pools."""

MIGRATE = AirflowContainer(name="migrate", command=("migrate",))
"""Run to its end before the api-server starts: migrates the database and makes the admin user."""


def health_check(process: Process) -> dict[str, Any]:
    """
    Return the `healthCheck` of *process*'s container, as ECS has it in a container definition.

    The script looks at the process alone and takes some 20 ms, for Python starts without its site packages.
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
    """Return what a worker with *slots* small tasks needs (measured with Airflow 3.3)."""
    return 300 + 80 * slots


def worker_process(queue: str, slots: int) -> Process:
    """Return the row of a worker that serves *queue*, and no other, with *slots*."""
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
