"""One of a thousand DAGs."""

from airflow.sdk import DAG, task
from all_teams.defaults import START  # type: ignore[import-not-found] # it is beside this folder in `dags/`

from team_00.common import ARGUMENTS, table  # type: ignore[import-not-found] # as above

CHANGE = 0

with DAG(
    dag_id="pipeline_0000",
    description=f"change {CHANGE}",
    schedule=None,
    start_date=START,
    default_args=ARGUMENTS,
):

    @task
    def extract() -> list[int]:
        """Return the rows."""
        return list(range(10))

    @task
    def check() -> None:
        """Print the table."""
        print(table("pipeline_0000"))

    @task
    def load() -> None:
        """Do nothing."""

    extract() >> check() >> load()
