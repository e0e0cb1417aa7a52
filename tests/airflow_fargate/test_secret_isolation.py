"""Promises of what keeps the stack's secrets from the code of DAGs."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from constructs_lib.airflow.environment import SECRETS
from constructs_lib.shared.containers import RUN_DAG_CODE, SECRET_VARIABLES
from tests.airflow_fargate.container import PROGRAMS, called, environment_with, last_json, run, task_starter


def test_secrets_reach_the_program_by_no_variable_that_it_is_started_with() -> None:
    """Secrets reach the program by no variable of its start, and it can forget them without losing other variables."""
    ended = run("-m", f"{PROGRAMS}.secret_isolation", DB_PASSWORD="hunter2", MINE="yes")

    assert last_json(ended) == [["DB_PASSWORD", "MINE"], ["MINE"], False, True, ["shown"]]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc")
def test_other_processes_of_the_user_cannot_look_into_a_hidden_one() -> None:
    """Other processes of the same user can read neither the memory nor the variables of a hidden process."""
    assert called("secret_isolation.seen_of_hidden") == []
    assert called("secret_isolation.seen_of_other") == ["environ", "maps", "mem"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such call")
def test_a_process_that_linux_does_not_hide_does_not_start() -> None:
    """A process that Linux does not hide raises an error before it has secrets."""
    assert called("secret_isolation.refusal_of_linux") == "[Errno 22] prctl(PR_SET_DUMPABLE)"


def test_every_secret_of_a_container_is_one_that_is_taken_away() -> None:
    """All secrets of a container are among the variables that are removed."""
    assert {variable for variable, _, _ in SECRETS} <= SECRET_VARIABLES


@pytest.mark.parametrize("service", ["dag-processor", "triggerer", "celery"])
def test_whatever_runs_the_code_of_dags_is_started_apart(service: str, tmp_path: Path) -> None:
    """Every process that runs code of DAGs waits for the schema, and gets its secrets through a pipe."""
    assert len(RUN_DAG_CODE) == 3
    database = {"DB_HOST": "h", "DB_PORT": "1", "DB_NAME": "n", "DB_USER": "u", "DB_PASSWORD": "p"}

    [command, secrets, left] = called("secret_isolation.handed_over", service, **task_starter(tmp_path), **database)

    assert command == ["-m", "airflow_fargate.secret_isolation"]
    assert {"DB_USER", "DB_PASSWORD", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"} <= set(secrets)
    assert ("AIRFLOW__CELERY__RESULT_BACKEND" in secrets) is (service == "celery")
    assert left is False


def test_a_process_that_reads_a_dag_file_or_runs_triggers_has_no_secret(tmp_path: Path) -> None:
    """A process that Airflow forks for DAG files or triggers has no secret, and its parent keeps them."""
    secrets = {"DB_PASSWORD": "p", "AIRFLOW__CORE__FERNET_KEY": ""}

    assert called("secret_isolation.left_to_dag_code", **task_starter(tmp_path), **secrets) == [[], True]


def test_a_worker_forgets_its_secrets_before_it_forks(tmp_path: Path) -> None:
    """A worker forgets its secrets before it forks, after Celery has its result backend."""
    backend = "db+postgresql+psycopg2://u:p@h/d"

    secrets = {"AIRFLOW__API__SECRET_KEY": "k", "AIRFLOW__CELERY__RESULT_BACKEND": backend}

    assert called("secret_isolation.left_to_workers", **task_starter(tmp_path), **secrets) == [[], backend]


INIT = [sys.executable, "-m", f"{PROGRAMS}.first_process"]


@pytest.mark.parametrize(("end", "code"), [("exit", 3), ("killed", 137), ("stopped", 5)])
def test_the_first_process_ends_as_its_child_does(end: str, code: int) -> None:
    """The first process forwards ECS's signals and has its child's exit code."""
    with subprocess.Popen([*INIT, end], env=environment_with({}), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        if end == "stopped":
            process.stdout.readline()
            process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=60) == code


def test_a_worker_is_a_child_of_the_first_process_of_its_container(tmp_path: Path) -> None:
    """The first process of a worker's container stays as init, and the worker is its child."""
    assert called("secret_isolation.is_child_of_first_process", **task_starter(tmp_path)) is True


@pytest.mark.skipif(sys.platform != "linux", reason="other systems give orphans to their own process 1")
def test_the_first_process_reaps_what_is_orphaned() -> None:
    """The first process reaps orphaned processes."""
    assert last_json(run("-m", f"{PROGRAMS}.first_process", "looks")) == []
