"""
A Celery worker: its messages, its protection from scale-in, and its stop.

Two more modules are part of it, `airflow_fargate.celery_config` and `airflow_fargate.hand_back`. They stand above
because variables of the stack name them.
"""
