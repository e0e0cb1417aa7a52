"""A DAG whose description is the version of its file."""

from airflow.sdk import DAG

dag = DAG("c_other", description="first", schedule=None)
