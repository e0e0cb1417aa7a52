"""Work for the benchmarks."""

from datetime import UTC, datetime

from airflow.sdk import DAG, dag, task
from airflow_fargate import FargateTaskOperator

START = datetime(2025, 1, 1, tzinfo=UTC)


@dag(dag_id="no_ops", schedule=None, start_date=START)
def no_ops() -> None:
    """Do nothing, two hundred times."""

    @task
    def nothing(number: int) -> None:
        """Do nothing."""

    nothing.expand(number=list(range(200)))


no_ops()
for name, deferrable in (("deferred", True), ("blocking", False)):
    with DAG(dag_id=name, schedule=None, start_date=START):
        for number in range(100):
            FargateTaskOperator(task_id=f"sleep_{number}", task="sleep", deferrable=deferrable)
