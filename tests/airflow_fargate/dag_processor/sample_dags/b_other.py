"""A DAG whose description is the version of its file."""

from airflow.sdk import DAG

dag = DAG("b_other", description="first", schedule=None)
