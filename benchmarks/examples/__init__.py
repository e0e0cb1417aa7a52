"""Airflow's own example DAGs, on the stack that `make local` runs."""
