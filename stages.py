"""The stages of this environment: each line is a difference from the defaults of `Settings`."""

from constructs_lib.settings import ProcessSettings, Settings, WorkerPool

STAGES = (
    Settings(
        stage="dev",
        execute_command=True,
    ),
    Settings(
        stage="prod",
        protected=True,
        topology="split",
        # One worker always runs, so a task starts at once. Scaling adds and removes the others.
        worker_pools={"default": WorkerPool(min=1, max=10)},
        processes={"api-server": ProcessSettings(max_count=3), "triggerer": ProcessSettings(max_count=3)},
        nat="per_az",
        database_multi_az=True,
        database_instance_class="db.t4g.medium",
        log_retention_days=90,
    ),
)
