"""A test of all DAGs in `dags/`."""

from airflow.dag_processing.dagbag import DagBag


def test_every_dag_can_be_read(dags: DagBag) -> None:
    """No file is broken, and no task has a queue that no worker serves or a folder that is not in `tasks/`."""
    assert dags.import_errors == {}
