"""Promises of the image's entrypoint, `python -m airflow_fargate`."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.airflow_fargate.container import PROGRAMS, environment_with, run

DATABASE: Mapping[str, str] = {
    "DB_HOST": "db.internal",
    "DB_PORT": "5432",
    "DB_NAME": "airflow",
    "DB_USER": "air:flow",
    "DB_PASSWORD": "p%@/:#x y",
}


def test_the_command_gets_the_databases_url_and_ecs_signals() -> None:
    """The command replaces the entrypoint's process and gets the database's URL with the quoted password."""
    command = [sys.executable, "-m", "airflow_fargate", sys.executable, "-m", f"{PROGRAMS}.shown"]
    with subprocess.Popen(command, env=environment_with(DATABASE), stdout=subprocess.PIPE, text=True) as process:
        output, _ = process.communicate()

    url = "postgresql+psycopg2://air%3Aflow:p%25%40%2F%3A%23x%20y@db.internal:5432/airflow"
    assert output.split() == [str(process.pid), url]


def test_a_missing_part_of_the_database_is_named() -> None:
    """A missing part of the database's address ends the container with a sentence."""
    ended = run("-m", "airflow_fargate", "true", DB_HOST="db.internal")

    assert ended.returncode == 1
    assert ended.stderr == "DB_USER is not set; a database needs DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD\n"


def test_a_command_that_is_not_there_is_named() -> None:
    """A command that does not exist ends the container with a sentence."""
    ended = run("-m", "airflow_fargate", "airlfow", "version")

    assert ended.returncode == 1
    assert ended.stderr == "airlfow cannot be started: No such file or directory\n"


def test_without_a_database_any_command_of_airflow_runs(tmp_path: Path) -> None:
    """Commands that do not wait for the schema need no database."""
    program = tmp_path / "airflow"
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)

    ended = run("-m", "airflow_fargate", "airflow", "config", "list", PATH=f"{tmp_path}:/bin:/usr/bin")

    assert (ended.returncode, ended.stdout) == (0, "config list\n")
