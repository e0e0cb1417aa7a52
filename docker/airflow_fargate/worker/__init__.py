"""
A Celery worker: its messages, its protection from scale-in, and its stop.

Two more modules belong to it, `airflow_fargate.celery_config` and `airflow_fargate.hand_back`. They are outside this
folder because variables of the stack name them.
"""
