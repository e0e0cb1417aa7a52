"""Airflow's processes: their environment, services, worker pools and image."""
