"""
Run the DAG `known_length` on the local stack and keep its history.

One worker with four slots, as `make local` runs the stage `dev`. It takes four minutes; let the machine do
nothing else.
"""

import io
import shutil
import tempfile
from pathlib import Path

from airflow_on_fargate.local.database import Database
from airflow_on_fargate.simulator.history import SQL
from tests.local.stack import Stack, copy_project, running

HERE = Path(__file__).parent
RECORDED = HERE / "local_run.csv"
DAG_ID = "known_length"


def history(stack: Stack) -> str:
    """Return the history of the running stack as psql writes it."""
    database = Database.from_url(stack.state.database_url.read_text().strip())
    written = io.StringIO()
    with database.connect() as connection, connection.cursor() as cursor:
        cursor.copy_expert(f"COPY ({SQL.read_text()}) TO STDOUT WITH (FORMAT csv, HEADER)", written)
    return written.getvalue()


def record() -> None:
    """Run the DAG twice, the first time to warm up, and write what the second run has left in the database."""
    with tempfile.TemporaryDirectory() as folder:
        project = copy_project(Path(folder) / "project")
        shutil.copytree(HERE / "dags", project / "dags", dirs_exist_ok=True)
        with running(project) as stack:
            stack.wait_until_known(DAG_ID, limit_sec=60)
            for _ in range(2):
                run_id = stack.trigger(DAG_ID)
                stack.wait_for_run(DAG_ID, run_id, limit_sec=200)
            heading, *rows = history(stack).splitlines(keepends=True)
    RECORDED.write_text(heading + "".join(row for row in rows if run_id in row))


if __name__ == "__main__":
    record()
