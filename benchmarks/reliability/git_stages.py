"""The stage whose Git repository is away: the `stages.py` of a project. The address is that of the measured server."""

from constructs_lib.settings import DagsInGit, Settings, WorkerPool

STAGES = (
    Settings(
        stage="dev",
        dags=DagsInGit(url="https://git.example.com/team/.git", secret="team/git", refresh_sec=5),  # noqa: S106 a name
        worker_pools={"default": WorkerPool()},
        # As in `restart_stages.py`.
        airflow_config={"scheduler": {"task_instance_heartbeat_timeout": 60}},
    ),
)
