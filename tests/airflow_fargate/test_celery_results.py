"""Promises of what Airflow's processes make of Celery's results in the database."""

from pathlib import Path

import pytest

from tests.airflow_fargate.container import last_json, run_with_airflow

SCHEDULER = """
import runpy, sys, airflow.__main__
airflow.__main__.main = lambda: None
sys.argv = ["process", "scheduler"]
runpy.run_module("airflow_fargate.process", run_name="__main__")
"""
WORKER = "import airflow_fargate.celery_config"
READ = """
import json, os, pickle, sqlite3, sys
from pathlib import Path
class Evil:
    def __reduce__(self):
        return Path.touch, (Path(os.environ["TOUCHED"]),)
from airflow.providers.celery.executors.celery_executor_utils import BulkStateFetcher, app
from celery.result import AsyncResult
for number in (1, 2):
    app.backend.store_result(str(number), None, "SUCCESS")
with sqlite3.connect(os.environ["DATABASE"]) as connection:
    written = "UPDATE celery_taskmeta SET status = 'FAILURE', result = ? WHERE task_id = '2'"
    connection.execute(written, [pickle.dumps(Evil())])
states = BulkStateFetcher(1).get_many([AsyncResult(str(number)) for number in (1, 2)])
app.backend.store_result("2", None, "SUCCESS")
print(json.dumps([{name: state for name, (state, _) in states.items()}, app.backend.get_state("2")]))
"""


@pytest.mark.parametrize("start", [SCHEDULER, WORKER], ids=["scheduler", "worker"])
def test_no_result_that_a_worker_has_written_runs_in_another_process(start: str, tmp_path: Path) -> None:
    """Neither in the scheduler nor in another worker; the status arrives, and a worker stores its own."""
    touched, database = tmp_path / "touched", tmp_path / "results.db"
    variables = {
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+sqlite:///{database}",
        "AIRFLOW__CELERY__BROKER_URL": "memory://",
        "DATABASE": str(database),
        "TOUCHED": str(touched),
    }

    ended = run_with_airflow(f"{start}\n{READ}", tmp_path, **variables)

    assert last_json(ended) == [{"1": "SUCCESS", "2": "FAILURE"}, "SUCCESS"]
    assert not touched.exists()


AWAY_SEC = 8
STORE = f"""
import json, os, threading, time
from pathlib import Path
from airflow.providers.celery.executors.celery_executor_utils import app
folder = Path(os.environ["FOLDER"])
app.backend.store_result("1", None, "PENDING")
away = folder.rename(folder.with_name("away"))
threading.Timer({AWAY_SEC}, away.rename, [folder]).start()
app.backend.store_result("1", None, "STARTED")
print(json.dumps(app.backend.get_state("1")))
"""


def test_a_worker_waits_for_a_database_that_is_away(tmp_path: Path) -> None:
    """A message that Celery cannot store as started is kept, and not dropped for the next one."""
    folder = tmp_path / "database"
    folder.mkdir()
    variables = {
        "AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS": "airflow_fargate.celery_config.CELERY_CONFIG",
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+sqlite:///{folder}/results.db",
        "AIRFLOW__CELERY__BROKER_URL": "memory://",
        "FOLDER": str(folder),
    }

    ended = run_with_airflow(f"{WORKER}\n{STORE}", tmp_path, **variables)

    assert last_json(ended) == "STARTED"
