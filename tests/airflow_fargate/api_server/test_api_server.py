"""Promises of what the api-server's main process does before it forks its workers."""

from pathlib import Path

from tests.airflow_fargate.container import called, task_starter


def test_a_worker_begins_with_the_api_of_tasks_and_the_limit_and_without_a_connection(tmp_path: Path) -> None:
    """Before it forks, the main process creates the API of tasks and the limit, and closes its connections."""
    assert called("api_server.loaded", **task_starter(tmp_path)) == {
        "it is the application": True,
        "the API of tasks is complete": [False, True],
        "the database is connected": [True, False],
        "limits": ["RequestLimit"],
    }


def test_airflow_loads_its_application_by_the_method_that_is_replaced(tmp_path: Path) -> None:
    """Airflow loads its application by the method that our code replaces."""
    found = called("api_server.replaced", **task_starter(tmp_path))

    assert found == [True, "__main__", ["airflow", "api-server"]]
