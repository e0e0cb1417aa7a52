"""A DAG with a task folder."""

from airflow.sdk import DAG
from airflow_fargate import FargateTaskOperator

with DAG("on_demand", description="first", schedule=None):
    FargateTaskOperator(task_id="new", task="new")
