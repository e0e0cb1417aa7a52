"""Promises of the code that also runs in the Airflow image."""
