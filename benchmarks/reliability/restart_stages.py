"""The stage whose workers are restarted: the `stages.py` of a project."""

from constructs_lib.settings import Settings, WorkerPool

STAGES = (
    Settings(
        stage="dev",
        worker_pools={"default": WorkerPool(max=3)},
        # Airflow notices a task whose worker was killed after a minute instead of five.
        airflow_config={"scheduler": {"task_instance_heartbeat_timeout": 60}},
    ),
)
