"""Airflow's own example DAGs on the local stack."""
