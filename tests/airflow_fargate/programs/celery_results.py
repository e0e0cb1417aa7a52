"""Celery's results in a database, as the scheduler and a worker use them."""

import os
import pickle
import sqlite3
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

from typing_extensions import override

from tests.airflow_fargate.programs.process import prepare


class Evil:
    """What runs code when its pickle is loaded."""

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        """Have the loader touch a file."""
        return Path.touch, (Path(os.environ["TOUCHED"]),)


def read(process: str) -> list[object]:
    """Return the states of two results, of which a worker has made the second evil, and the second's after a change."""
    if process == "scheduler":
        prepare("scheduler")
    else:
        import_module("airflow_fargate.celery_config")
    # After the start, as Airflow imports it.
    utils: Any = import_module("airflow.providers.celery.executors.celery_executor_utils")
    results: Any = import_module("celery.result")
    for number in (1, 2):
        utils.app.backend.store_result(str(number), None, "SUCCESS")
    with sqlite3.connect(os.environ["DATABASE"]) as connection:
        change = "UPDATE celery_taskmeta SET status = 'FAILURE', result = ? WHERE task_id = '2'"
        connection.execute(change, [pickle.dumps(Evil())])
    states = utils.BulkStateFetcher(1).get_many([results.AsyncResult(str(number)) for number in (1, 2)])
    utils.app.backend.store_result("2", None, "SUCCESS")
    return [{name: state for name, (state, _) in states.items()}, utils.app.backend.get_state("2")]


def read_by_celery_itself() -> str:
    """Return the state of an evil result as Celery reads it without our change."""
    utils: Any = import_module("airflow.providers.celery.executors.celery_executor_utils")
    utils.app.backend.store_result("1", None, "SUCCESS")
    with sqlite3.connect(os.environ["DATABASE"]) as connection:
        connection.execute("UPDATE celery_taskmeta SET result = ?", [pickle.dumps(Evil())])
    state: str = utils.app.backend.get_state("1")
    return state


def stored_while_the_database_is_away(sec: float) -> str:
    """Return the state of a result that a worker stores while the database does not answer for *sec*."""
    import_module("airflow_fargate.celery_config")
    utils: Any = import_module("airflow.providers.celery.executors.celery_executor_utils")
    folder = Path(os.environ["FOLDER"])
    utils.app.backend.store_result("1", None, "PENDING")
    away = folder.rename(folder.with_name("away"))
    threading.Timer(sec, away.rename, [folder]).start()
    utils.app.backend.store_result("1", None, "STARTED")
    state: str = utils.app.backend.get_state("1")
    return state
