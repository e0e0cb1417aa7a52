"""A process of Airflow as the image starts it, up to where it becomes Airflow's command."""

import runpy
import sys
from unittest.mock import patch


def prepare(name: str) -> None:
    """Do in this process what the image does before Airflow's command *name*, which does not run."""
    with patch("airflow.__main__.main"), patch.object(sys, "argv", ["process", name]):
        runpy.run_module("airflow_fargate.process", run_name="__main__")


def beats_when_the_database_refuses() -> bool:
    """Return whether the heartbeat of a job fails, because there is no database."""
    from airflow.jobs.job import Job  # noqa: PLC0415 slow

    with patch.object(Job, "heartbeat", side_effect=ConnectionError("no database")):
        prepare("scheduler")
        job = Job(job_type="SchedulerJob")  # type: ignore[no-untyped-call] # Airflow's own has no types
        try:
            job.heartbeat(lambda _: None)
        except ConnectionError:
            return True
    return False


def supervisor_of_triggers(name: str) -> str:
    """Return the module of the triggerer's supervisor in the process *name*."""
    prepare(name)
    from airflow.jobs import triggerer_job_runner  # noqa: PLC0415 after the change

    return triggerer_job_runner.TriggerRunnerSupervisor.__module__


def manager_of_dag_files(name: str) -> str:
    """Return the module of the dag-processor's manager in the process *name*."""
    prepare(name)
    from airflow.cli.commands import dag_processor_command  # noqa: PLC0415 after the change

    return str(vars(dag_processor_command)["DagFileProcessorManager"].__module__)
