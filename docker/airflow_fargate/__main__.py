"""
The entrypoint of the Airflow image: set the database's URL, then become the process that the command names.

`migrate` migrates the database and ends. `autoscaler` and the processes that use the database wait for that; any other
command starts at once.
"""

import logging
import os
import sys

from airflow_fargate.database import database_url
from airflow_fargate.secret_isolation import MODULE, hand_over, run_as_init
from constructs_lib.shared.containers import RUN_DAG_CODE, WORKER

MODULES = {
    "api-server": "airflow_fargate.api_server",
    "celery": "airflow",
    **dict.fromkeys(("scheduler", "dag-processor", "triggerer"), "airflow_fargate.process"),
}
"""The module that runs a command of Airflow with this image's additions; a worker's are in its Celery configuration."""


def main(command: list[str]) -> None:
    """Run *command* in place of this process, so that it gets the signals of ECS itself."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
    service = command[1] if command[0] == "airflow" and command[1:2] and command[1] in MODULES else ""
    starts_dag_code = {"celery": WORKER}.get(service, service) in RUN_DAG_CODE
    if starts_dag_code and os.getpid() == 1:
        run_as_init()
    _set_database_url()
    if command == ["migrate"]:
        from airflow_fargate.migration.migrate import migrate  # noqa: PLC0415 one container migrates

        migrate()
        return
    if command == ["autoscaler"]:
        from airflow_fargate.autoscaler.autoscaler import autoscale  # noqa: PLC0415 one container autoscales

        autoscale()
    if service:
        from airflow_fargate.schema import wait_for_schema  # noqa: PLC0415 not for other commands

        wait_for_schema()
        command = [sys.executable, "-m", MODULES[service], *command[1:]]
    if service == "celery" and "DB_HOST" in os.environ:
        # A worker stores Celery's results. In place of the rest of the database Airflow finds an empty one.
        url = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
        os.environ |= {"AIRFLOW__CELERY__RESULT_BACKEND": f"db+{url}"}
        os.environ |= {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "sqlite://"}
    if starts_dag_code:
        hand_over()
        command[2:2] = [MODULE]
    try:
        os.execvp(command[0], command)  # noqa: S606 no shell is wanted
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error.strerror}")


def _set_database_url() -> None:
    if "DB_HOST" not in os.environ:
        return
    try:
        os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = database_url(os.environ)
    except KeyError as error:
        sys.exit(f"{error.args[0]} is not set; a database needs DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD")


if __name__ == "__main__":
    main(sys.argv[1:] or ["airflow", "version"])
