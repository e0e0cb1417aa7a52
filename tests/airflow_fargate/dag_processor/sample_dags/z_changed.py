"""A DAG whose description is the version of its file."""

from airflow.sdk import DAG

dag = DAG("z_changed", description="first", schedule=None)
