"""Simulate how the workers of a stage scale with its tasks: `python -m airflow_on_fargate.simulator`."""
