"""A DAG whose description is the version of its file."""

from airflow.sdk import DAG

dag = DAG("a_first", description="first", schedule=None)
