"""Run the DAG `breaks` on the stack of the project that is the first argument."""

import sys
from pathlib import Path

from airflow_on_fargate.local import dag_run, state

state.PROJECT = Path(sys.argv[1])
dag_run.run_dag(state.State(state.PROJECT), "breaks", None)
