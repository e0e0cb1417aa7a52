"""Create a project in the folder that is the first argument."""

import sys
from pathlib import Path

from airflow_on_fargate.new_project import new_project

new_project(Path(sys.argv[1]))
