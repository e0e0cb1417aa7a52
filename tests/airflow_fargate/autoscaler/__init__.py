"""Promises of the autoscaler, on a real PostgreSQL with Airflow's own tables, and with moto for AWS."""
