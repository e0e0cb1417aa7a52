"""DAG bundles: where Airflow's processes get the DAGs of a version from, and the local copies of versions."""
