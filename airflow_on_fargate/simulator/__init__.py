"""Simulate how the workers of a stage scale with its tasks: `airflow-fargate simulate`."""
