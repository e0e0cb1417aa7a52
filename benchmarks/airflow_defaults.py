"""A `stages.py` with Airflow's defaults for the options that the stack sets for speed; a worker has four slots."""

from collections.abc import Callable

from constructs_lib.airflow import environment
from constructs_lib.settings import Settings

SPEED = {
    "AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS",
    "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG",
    "AIRFLOW__CORE__PARALLELISM",
    "AIRFLOW__SCHEDULER__MAX_TIS_PER_QUERY",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME",
    "AIRFLOW__SDK__COORDINATORS",
    "AIRFLOW__SDK__QUEUE_TO_COORDINATOR",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL",
}
Part = Callable[[environment.AirflowEnvironment], dict[str, str]]


def _by_default(part: Part) -> Part:
    return lambda stage: {name: value for name, value in part(stage).items() if name not in SPEED}


for name in ("_core", "_scheduler", "_worker"):
    setattr(environment, name, _by_default(getattr(environment, name)))

STAGES = (Settings(stage="dev"),)
