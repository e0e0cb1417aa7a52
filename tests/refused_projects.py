"""Mistakes in a project: what makes each, and the sentence that it gets."""

from collections.abc import Callable

from tests.clone import Clone

TASK = "tasks/number_task/task.toml"


def stages(*settings: str, lines: str = "") -> Callable[[Clone], None]:
    """Return what writes stages.py."""
    return lambda clone: clone.write_stages(*settings, lines=lines)


def file(path: str, text: str) -> Callable[[Clone], None]:
    """Return what writes one file."""
    return lambda clone: clone.write(path, text)


def _clashing_folders(clone: Clone) -> None:
    for name in ("vendor", "vendor_task_definition"):
        clone.write(f"tasks/{name}/Dockerfile", "FROM scratch\n")


REFUSED: dict[str, tuple[Callable[[Clone], None], str]] = {
    "a value": (
        stages("stage='dev', vpc_cidr='10.0.0.0/33'"),
        (
            "constructs_lib/stages.py, stage 'dev': vpc_cidr must be an IPv4 network such as 10.0.0.0/16,"
            " got '10.0.0.0/33' (..."
        ),
    ),
    "a misspelt key": (
        stages("stage='dev', toplogy='split'"),
        "constructs_lib/stages.py, stage 'dev': toplogy is unknown; did you mean 'topology'?",
    ),
    "two keys": (
        stages("stage='dev', topology='split', compact_worker_slots=2"),
        "constructs_lib/stages.py, stage 'dev': compact_worker_slots is for topology = 'compact', got topology = ...",
    ),
    "a part of a stage": (
        stages("stage='dev', compact_size=TaskSize(cpu=1024, memory_mib=1000)"),
        (
            "constructs_lib/stages.py, line 5, TaskSize: memory_mib for 1024 CPU units must be 2048 to 8192 in steps of"
            " 1024, got 1000"
        ),
    ),
    "a worker pool": (
        stages(
            "stage='dev', worker_pools={'spot': WorkerPool(min=3, max=2)}",
            lines="from constructs_lib.worker_pool import WorkerPool",
        ),
        "constructs_lib/stages.py, line 5, WorkerPool: min must be at most max, 2, got 3",
    ),
    "an option of Airflow": (
        stages("stage='dev', airflow_config={'core': {'executor': 'LocalExecutor'}}"),
        (
            "constructs_lib/stages.py, stage 'dev': airflow_config.core.executor is set by the stack and must not be"
            " changed: ..."
        ),
    ),
    "no Python": (
        stages("stage='dev' protected=True"),
        "constructs_lib/stages.py, line 5, is not valid Python: ...",
    ),
    "a word that Python does not know": (
        stages("stage='dev', protected=true"),
        "constructs_lib/stages.py, line 5, is not valid Python: name 'true' is not defined",
    ),
    "a stage without name": (
        stages("'dev'"),
        "constructs_lib/stages.py, line 5, is not valid Python: ...",
    ),
    "a stage twice": (
        stages("stage='dev'", "stage='dev'"),
        "constructs_lib/stages.py: stage 'dev' is there twice; give each its own name",
    ),
    "an image of no task": (
        stages("stage='dev', task_images={'numbr_task': 'registry.example.com/numbers:1'}"),
        (
            "constructs_lib/stages.py, stage 'dev': task_images.numbr_task is no folder of tasks/; did you mean"
            " 'number_task'?"
        ),
    ),
    "no TOML": (
        file(TASK, "cpu = 256\nmemory_mib =\n"),
        f"{TASK} is not valid TOML: Invalid value (at line 2, column 13)",
    ),
    "a key of a task": (file(TASK, "memory = 512\n"), f"{TASK}: memory is unknown; did you mean 'memory_mib'?"),
    "a value of a task": (
        file(TASK, "cpu = 512\nmemory_mib = 512\n"),
        f"{TASK}: memory_mib for 512 CPU units must be 1024 to 4096 in steps of 1024, got 512",
    ),
    "no Dockerfile": (
        file("tasks/letters/main.py", ""),
        "tasks/letters has no Dockerfile; every folder in tasks/ is built into a container image",
    ),
    "a reserved name": (
        file("tasks/worker/Dockerfile", "FROM scratch\n"),
        "tasks/worker: the name is reserved for Airflow's own containers, ...",
    ),
    "the name of a worker pool's family": (
        file("tasks/worker_spot/Dockerfile", "FROM scratch\n"),
        "tasks/worker_spot: names that begin with 'worker-' are reserved for worker pools, got 'worker_spot'",
    ),
    "instances that are not there": (
        file(TASK, 'capacity = "EC2"'),
        (
            "tasks/number_task/task.toml, stage 'dev': capacity 'EC2' needs instances: give the stage ec2_capacity in"
            " constructs_lib/stages.py, or use 'FARGATE'"
        ),
    ),
    "one address for two": (
        _clashing_folders,
        (
            "airflow-dev/DagTasks/vendor/TaskDefinition/Resource and"
            " airflow-dev/DagTasks/vendor_task_definition/TaskDefinition/Resource have the same state address"
            " aws_ecs_task_definition.dag_tasks_vendor; give one of them another name"
        ),
    ),
}
