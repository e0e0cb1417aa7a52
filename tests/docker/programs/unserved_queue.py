"""Print the import error of a DAG that names a queue without workers."""

import os
from importlib import import_module
from pathlib import Path

DAG = Path("/opt/airflow/logs/wrong.py")
TEXT = "from airflow.sdk import DAG, BaseOperator\nwith DAG('d', schedule=None): BaseOperator(task_id='t', queue='gpu')"

if __name__ == "__main__":
    os.environ["AIRFLOW_FARGATE_QUEUES"] = "default,spot"
    DAG.write_text(TEXT)
    bag = import_module("airflow.dag_processing.dagbag").DagBag(str(DAG))
    print(bag.import_errors[str(DAG)])  # noqa: T201 the test reads it
