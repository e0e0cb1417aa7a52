"""The command line `airflow-fargate`, as `python -m airflow_on_fargate`."""

from airflow_on_fargate.cli.main import main

main()
