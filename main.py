"""Write the Terraform JSON of every stage in stages.py to cdktf.out; `airflow-fargate --help` lists the commands."""

import os
from pathlib import Path

from airflow_on_fargate.program import run

PROJECT = Path(__file__).parent


def main(arguments: list[str] | None = None) -> None:
    """Write one `AirflowStack` for each stage."""
    run(arguments, project=PROJECT, environment=os.environ)


if __name__ == "__main__":
    main()
