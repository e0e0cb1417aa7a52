"""Run the DAG `breaks` on the stack of the project that is the first argument."""

import os
import sys
from pathlib import Path

from airflow_on_fargate.local import dag_run, state

os.chdir(sys.argv[1])
dag_run.run_dag(state.State(Path(sys.argv[1])), "breaks", None)
