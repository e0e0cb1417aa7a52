"""The stages of this environment: each line is a difference from the defaults in settings.py."""

from constructs_lib.settings import Settings

STAGES = (
    Settings(
        stage="dev",
        execute_command=True,
    ),
    Settings(
        stage="prod",
        protected=True,
        topology="split",
        nat="per_az",
        database_multi_az=True,
        database_instance_class="db.t4g.medium",
        log_retention_days=90,
    ),
)
