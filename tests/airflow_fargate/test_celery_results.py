"""Promises of what Airflow's processes make of Celery's results in the database."""

from pathlib import Path

import pytest

from tests.airflow_fargate.container import called, task_starter


def _variables(folder: Path) -> dict[str, str]:
    database = folder / "results.db"
    return task_starter(folder) | {
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+sqlite:///{database}",
        "AIRFLOW__CELERY__BROKER_URL": "memory://",
        "DATABASE": str(database),
        "TOUCHED": str(folder / "touched"),
    }


@pytest.mark.parametrize("process", ["scheduler", "worker"])
def test_no_result_that_a_worker_has_written_runs_in_another_process(process: str, tmp_path: Path) -> None:
    """A result that a worker has written runs no code in other processes, which read only the status."""
    states = called("celery_results.read", process, **_variables(tmp_path))

    assert states == [{"1": "SUCCESS", "2": "FAILURE"}, "SUCCESS"]
    assert not (tmp_path / "touched").exists()


def test_celery_itself_still_has_the_fault(tmp_path: Path) -> None:
    """If this fails, Celery no longer runs code in a stored result: delete `celery_results.py`."""
    assert called("celery_results.read_by_celery_itself", **_variables(tmp_path)) == "SUCCESS"
    assert (tmp_path / "touched").exists()


def test_a_worker_waits_for_a_database_that_is_away(tmp_path: Path) -> None:
    """A worker keeps a message until the database stores its start, and takes no other message meanwhile."""
    folder = tmp_path / "database"
    folder.mkdir()
    variables = _variables(folder) | {
        "AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS": "airflow_fargate.celery_config.CELERY_CONFIG",
        "AIRFLOW_HOME": str(tmp_path),
        "FOLDER": str(folder),
    }

    assert called("celery_results.stored_while_the_database_is_away", 8, **variables) == "STARTED"
