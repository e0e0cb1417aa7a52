"""Operate a deployed stage through AWS's API: watch a deployment, pause, resume, stop tasks, run Airflow's commands."""
