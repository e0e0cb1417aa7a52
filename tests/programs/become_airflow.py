"""Become Airflow's command of the further arguments in the stack whose state folder is the first one."""

import sys
from pathlib import Path

from airflow_on_fargate.local.airflow_command import become_airflow
from airflow_on_fargate.local.state import State

become_airflow(State(Path(sys.argv[1])), sys.argv[2:])
