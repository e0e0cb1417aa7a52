"""DAGs as Airflow's dag-processor reads them."""

from typing import Any

from airflow.dag_processing.dagbag import DagBag


def read(folder: str) -> dict[str, Any]:
    """Return the import errors of the DAGs in *folder*, and the pool of each DAG's task `work`."""
    bag = DagBag(dag_folder=folder)
    pools = {name: dag.get_task("work").pool for name, dag in bag.dags.items()}
    return {"errors": bag.import_errors, "pools": pools}
