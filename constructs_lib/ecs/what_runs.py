"""What of a stage is to run, and the names of what pausing it works with; nothing here needs the engine."""

from constructs_lib.settings.processes import WORKER

ALL, CORE, NOTHING = "all", "core", "nothing"
"""`core` is a step on the way: Airflow without its workers."""


def running_parameter(stack: str) -> str:
    """Return the name of the SSM parameter that says what of the stage is to run."""
    return f"/{stack}/running"


def keep_stopped_schedule(stack: str) -> str:
    """Return the name of the schedule that stops the database every midnight while the stage is paused."""
    return f"{stack}-keep-database-stopped"


def is_worker_service(name: str) -> bool:
    """Return whether the ECS service *name* runs workers alone: it is called after the process."""
    return name.partition("-")[0] == WORKER.name
