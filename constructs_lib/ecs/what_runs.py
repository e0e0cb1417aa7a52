"""The states of a stage that can be paused, and the names that a pause uses; programs import it without CDKTF."""

from constructs_lib.settings.processes import WORKER

ALL, CORE, NOTHING = "all", "core", "nothing"
"""`core`: Airflow without its workers, on the way between the other two."""


def running_parameter(stack: str) -> str:
    """Return the name of the SSM parameter that holds which services of the stage run."""
    return f"/{stack}/running"


def keep_stopped_schedule(stack: str) -> str:
    """Return the name of the schedule that stops the database every midnight while the stage is paused."""
    return f"{stack}-keep-database-stopped"


def is_worker_service(name: str) -> bool:
    """Return whether the ECS service *name* runs only workers: its name starts with the process."""
    return name.partition("-")[0] == WORKER.name
