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
    """What it is started with can be read for as long as it lives; what it forgets is gone, and nothing else is."""
    ended = run("-m", f"{PROGRAMS}.secret_isolation", DB_PASSWORD="hunter2", MINE="yes")

    assert last_json(ended) == [["DB_PASSWORD", "MINE"], ["MINE"], False, True, ["shown"]]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc")
def test_other_processes_of_the_user_cannot_look_into_a_hidden_one() -> None:
    """Neither into its memory nor at its variables, as they can with any other."""
    assert called("secret_isolation.seen_of_hidden") == []
    assert called("secret_isolation.seen_of_other") == ["environ", "maps", "mem"]


def test_every_secret_of_a_container_is_one_that_is_taken_away() -> None:
    """The table of the containers' secrets names no other variable."""
    assert {variable for variable, _, _ in SECRETS} <= SECRET_VARIABLES


@pytest.mark.parametrize("service", ["dag-processor", "triggerer", "celery"])
def test_whatever_runs_the_code_of_dags_is_started_apart(service: str, tmp_path: Path) -> None:
    """The entrypoint hands its secrets over, and waits for the schema with them."""
    assert len(RUN_DAG_CODE) == 3
    database = {"DB_HOST": "h", "DB_PORT": "1", "DB_NAME": "n", "DB_USER": "u", "DB_PASSWORD": "p"}

    [command, secrets, left] = called("secret_isolation.handed_over", service, **task_starter(tmp_path), **database)

    assert command == ["-m", "airflow_fargate.secret_isolation"]
    assert {"DB_USER", "DB_PASSWORD", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"} <= set(secrets)
    assert ("AIRFLOW__CELERY__RESULT_BACKEND" in secrets) is (service == "celery")
    assert left is False


def test_a_process_that_reads_a_dag_file_or_runs_triggers_has_no_secret(tmp_path: Path) -> None:
    """A real one, as Airflow forks it; its parent keeps what it has."""
    secrets = {"DB_PASSWORD": "p", "AIRFLOW__CORE__FERNET_KEY": ""}

    assert called("secret_isolation.left_to_dag_code", **task_starter(tmp_path), **secrets) == [[], True]


def test_a_worker_forgets_its_secrets_before_it_forks(tmp_path: Path) -> None:
    """Celery says so by a signal; its configuration has the result backend by then."""
    backend = "db+postgresql+psycopg2://u:p@h/d"

    secrets = {"AIRFLOW__API__SECRET_KEY": "k", "AIRFLOW__CELERY__RESULT_BACKEND": backend}

    assert called("secret_isolation.left_to_workers", **task_starter(tmp_path), **secrets) == [[], backend]


INIT = [sys.executable, "-m", f"{PROGRAMS}.first_process"]


@pytest.mark.parametrize(("end", "code"), [("exit", 3), ("killed", 137), ("stopped", 5)])
def test_the_first_process_ends_as_its_child_does(end: str, code: int) -> None:
    """It hands on the signals of ECS."""
    with subprocess.Popen([*INIT, end], env=environment_with({}), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        if end == "stopped":
            process.stdout.readline()
            process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=60) == code


@pytest.mark.skipif(sys.platform != "linux", reason="other systems give orphans to their own process 1")
def test_the_first_process_reaps_what_is_orphaned() -> None:
    """As process 1 of a container: what its child leaves behind does not stay as a zombie."""
    assert last_json(run("-m", f"{PROGRAMS}.first_process", "looks")) == []
