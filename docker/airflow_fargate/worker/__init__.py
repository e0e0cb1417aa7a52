"""
A Celery worker: its messages, its protection from scale-in, and its stop.

Two more modules are part of it and stand above, because Airflow finds them by these names: `airflow_fargate.celery_config`
and `airflow_fargate.hand_back`.
"""
