"""How the workers of a stage follow its work, simulated: `python -m airflow_on_fargate.simulator`."""
