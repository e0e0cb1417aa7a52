"""The stage whose bundle is changed and broken: the `stages.py` of a project."""

from constructs_lib.settings import DagsInS3, Settings, WorkerPool

STAGES = (
    Settings(
        stage="dev",
        dags=DagsInS3(),
        worker_pools={"default": WorkerPool()},
        # As in `restart_stages.py`.
        airflow_config={"scheduler": {"task_instance_heartbeat_timeout": 60}},
    ),
)
